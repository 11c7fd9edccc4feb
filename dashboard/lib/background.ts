import { type Client, client, createClient, type SyncKairosError } from './api.ts'
import { noteOutcome } from './reach.ts'
import { token } from './token.ts'
import { createTurns } from './turns.ts'

/** How a question is asked: by whom, and (before each request of it) when. */
export type Via = {
  client: Client
  /** False when `signal` ended the waiting. */
  turn(signal: AbortSignal): Promise<boolean>
}

const turns = createTurns({
  now: () => performance.now(),
  after: (ms, run) => void setTimeout(run, ms),
  isHidden: () => document.hidden,
})
document.addEventListener('visibilitychange', turns.wake)

/** Somebody waits for the answer: at once, and again when it fails for a moment. */
export const asked: Via = { client, turn: async ({ aborted }) => !aborted }

/** Nobody waits for it: in its turn, and not again, for it is asked anew anyway. */
export const background: Via = {
  client: createClient({ url: location.origin, token: token.get, retries: 0 }),
  turn: turns.next,
}

/** Whoever has asked tells what came of it. */
export function settled(error?: SyncKairosError): void {
  noteOutcome(error)
  if (error?.kind === 'limited') turns.rest(error.retry_after_ms ?? 0)
}

/** Questions of one kind, of which the newest alone counts. */
export type Asking = {
  /** One waits for its turn: it will be as new as another one. */
  readonly waiting: boolean
  /** Ends the question before, and waits for a turn; null when yet another one was begun meanwhile, or end() called. */
  begin(via: Via): Promise<AbortSignal | null>
  end(): void
}

export function createAsking(): Asking {
  let controller = new AbortController()
  let waiting = false
  return {
    get waiting() {
      return waiting
    },
    async begin(via) {
      controller.abort()
      controller = new AbortController()
      const { signal } = controller
      waiting = true
      const ready = await via.turn(signal)
      if (controller.signal === signal) waiting = false
      return ready ? signal : null
    },
    end: () => controller.abort(),
  }
}
