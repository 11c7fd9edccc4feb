import type { HistoryEvent } from '../../schemas/history.ts'
import { toHistoryEvent } from './history.ts'
import type { Moment } from './reader.ts'

const COLUMNS: readonly [name: string, value: (event: HistoryEvent) => string | number | null | undefined][] =
  [
    ['session_id', (e) => e.session_id],
    ['epoch', (e) => e.epoch],
    ['version', (e) => e.version],
    ['type', (e) => e.type],
    ['at', (e) => e.at],
    ['participant_id', (e) => e.participant_id],
    ['expired_participant_id', (e) => e.expired_participant_id],
    ['time_remaining_ms', (e) => e.time_remaining_ms],
    ['time_used_ms', (e) => e.time_used_ms],
    ['status', (e) => e.state?.status],
    ['active_participant_id', (e) => e.state?.active_participant_id],
  ]

/** Lines by RFC 4180, a header first; an absent value is empty. */
export async function* csvOf(moments: AsyncIterable<Moment>, limit: number): AsyncGenerator<string> {
  yield line(COLUMNS.map(([name]) => name))
  let left = limit
  for await (const moment of moments) {
    if (left-- <= 0) return
    const event = toHistoryEvent(moment)
    yield line(COLUMNS.map(([, value]) => value(event)))
  }
}

const line = (values: (string | number | null | undefined)[]): string =>
  `${values.map((value) => quote(String(value ?? ''))).join(',')}\r\n`

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
