import { SyncKairosError } from './api.ts'
import { toast } from './toasts.ts'
import { askForToken } from './token.ts'

/** What happened and what to do about it, for a reader. */
export type Explained = { title: string; text: string }

/** An error in words. */
export function explain(error: unknown): Explained {
  if (!(error instanceof SyncKairosError)) {
    return { title: 'Something went wrong', text: error instanceof Error ? error.message : String(error) }
  }
  const { kind, message, retry_after_ms: wait } = error
  const soon = wait ? `Try again in ${Math.ceil(wait / 1000)} s.` : 'Try again in a moment.'
  switch (kind) {
    case 'network':
      return { title: 'The server cannot be reached', text: 'Is it running, and are you online?' }
    case 'timeout':
      return { title: 'The server does not answer', text: soon }
    case 'unavailable':
      return { title: 'The server cannot answer now', text: `${message}. ${soon}` }
    case 'limited':
      return { title: 'Too many requests', text: soon }
    case 'unauthorised':
      return { title: 'A token is needed', text: 'Ask whoever runs this server for one, then enter it here.' }
    case 'forbidden':
      return { title: 'Not allowed', text: message }
    case 'not_found':
      return { title: 'Not found', text: message }
    case 'conflict':
    case 'precondition':
      return { title: 'Somebody else was faster', text: `${message}.` }
    default:
      return { title: 'The server refused', text: `${message}.` }
  }
}

/** Why what is shown may be old, for a note that begins with what that is: `The list is a little old: …`. */
export function whyOld(error: SyncKairosError): string {
  const { kind, message, retry_after_ms: wait } = error
  if (kind !== 'limited') return `is not up to date: ${message}`
  const when = wait ? `in ${Math.ceil(wait / 1000)} s` : 'in a moment'
  return `is a little old: too many requests came from this address, so it is read again ${when}`
}

/**
 * Tells the reader that something failed which they asked for; when a token is missing it asks for that instead. For
 * `catch`: `session.pause().catch(report)`.
 */
export function report(error: unknown): void {
  if (error instanceof SyncKairosError) {
    if (error.kind === 'aborted') return
    if (error.kind === 'unauthorised') {
      askForToken(error.message)
      return
    }
  }
  const { title, text } = explain(error)
  toast(`${title}. ${text}`, { kind: 'bad' })
}
