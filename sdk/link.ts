import type { SyncKairosError } from './errors.ts'
import type { ServerMessage } from './types.ts'

/** One way to hear of sessions, from its opening to its end. It ends once, and is silent from then on. */
export type Link = {
  readonly transport: 'websocket' | 'sse'
  /** From now on what happens to this session is told, beginning with its state. Once more: its state again. */
  watch(id: string): void
  unwatch(id: string): void
  /** There is reason to doubt that the server is still there: finds out within seconds. */
  probe(): void
  /** False when the time cannot be asked for over this link. */
  askTime(t0: number): boolean
  /** Ends it without a word to its events. */
  close(): void
}

export type LinkEvents = {
  /** The server has answered. Once. */
  opened(): void
  message(message: ServerMessage): void
  /** It has ended, or did not come about. Once. */
  closed(closing: Closing): void
}

export type Closing = {
  code: string
  /** With these credentials it will be refused again. */
  denied?: boolean
  /** How long the server asks to be left alone. */
  after_ms?: number | null
}

/** What a refusal means for a link. */
export const closingOf = ({ kind, code, retry_after_ms: after_ms }: SyncKairosError): Closing => ({
  code,
  denied: kind === 'unauthorised' || kind === 'forbidden',
  after_ms,
})
