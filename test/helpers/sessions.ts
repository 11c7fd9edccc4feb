import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { call } from './app.ts'

export type Settings = Record<string, unknown> & { totals?: number[]; groups?: (string | undefined)[] }

/** The body of a create with a participant for each total (ms). */
export function newSession({ totals = [60_000, 60_000], groups = [], ...rest }: Settings = {}) {
  return {
    session_id: randomUUID(),
    sync_mode: 'per_participant',
    participants: totals.map((total_time_ms, participant_index) => ({
      participant_id: randomUUID(),
      participant_index,
      total_time_ms,
      ...(groups[participant_index] ? { group_id: groups[participant_index] } : {}),
    })),
    ...(rest as { metadata?: unknown }),
  }
}

/** Creates a session and starts it; answers its path and the ids of its participants. */
export async function startSession(
  app: FastifyInstance,
  settings: Settings = {},
  headers: Record<string, string> = {},
) {
  const body = newSession(settings)
  const url = `/v1/sessions/${body.session_id}`
  const created = await call(app, 'POST', '/v1/sessions', body, headers)
  if (created.status !== 201) throw new Error(`create: ${JSON.stringify(created.body)}`)
  const started = await call(app, 'POST', `${url}/start`, undefined, headers)
  if (started.status !== 200) throw new Error(`start: ${JSON.stringify(started.body)}`)
  return { id: body.session_id, url, body, players: body.participants.map((p) => p.participant_id) }
}
