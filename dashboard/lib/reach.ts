import type { SyncKairosError } from './api.ts'
import { createStore } from './store.ts'

/** Whether the server answers, as the last answer (or the want of one) told; since when, in ms of performance.now(). */
export type Reach = { status: 'unknown' | 'reached' | 'lost'; heard_at: number }

export const reach = createStore<Reach>({ status: 'unknown', heard_at: 0 })

/** What became of a question: any answer of the server, a refusal as well, says that it is there. */
export function noteOutcome(error?: SyncKairosError): void {
  if (error?.kind === 'aborted') return
  const lost = error !== undefined && (error.status === null || isOfProxy(error))
  reach.set({ status: lost ? 'lost' : 'reached', heard_at: performance.now() })
}

/** A proxy whose server is away answers for it, in words of its own. */
const isOfProxy = ({ kind, code }: SyncKairosError): boolean =>
  kind === 'unavailable' && code.startsWith('HTTP_')
