import { toEvent } from '../../../plugins/sessions/decide.ts'
import type { Event } from '../../../schemas/event.ts'
import { type Config, type Move, request, walk } from '../../engine/session/play.ts'

export const EPOCH = 7

/** The events of a session, as they come out of the database. */
export function eventsOf(config: Config, script: readonly Move[], id = 's'): Event[] {
  const events = [...walk(request(config), script)].flatMap(({ event }) => event ?? [])
  return JSON.parse(JSON.stringify(events.map((event) => toEvent(event, id, EPOCH))))
}
