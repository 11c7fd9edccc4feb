import type { Outbox, OutboxEntry } from '../store/outbox.ts'

/** Takes a batch over: once it resolves the entries are removed from the outbox for good. May get entries twice. */
export type Consumer = (entries: OutboxEntry[]) => Promise<void>

export type OutboxLoop = {
  start(): void
  /** Hands over what is left for at most `drain_ms`, then stops; what is not acknowledged stays. Idempotent. */
  stop(drain_ms: number): Promise<void>
}

type Options = {
  outbox: Outbox
  consumers: Consumer[]
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Monotonic, in ms. */
  now?: () => number
  onClaimed?: (entries: OutboxEntry[]) => void
  onFailure?: (error: unknown) => void
}

/** How many entries a batch has at most. */
export const BATCH_LIMIT = 500
/** How long to wait for the first entry of a batch, in ms. */
const CLAIM_WAIT_MS = 500
/** The least time from batch to batch, in ms: under load they fill meanwhile, and the first event after a pause goes at once. */
const GATHER_MS = 200
const SHORTEST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

/** Moves events from the outbox to its consumers, for ever. Never rejects: what fails is tried again with growing pauses. */
export function createOutboxLoop(options: Options): OutboxLoop {
  const { outbox, consumers, sleep, now = () => performance.now() } = options
  const stopping = new AbortController()
  let running: Promise<void> | null = null
  let stopped: Promise<void> | null = null
  let give_up_at = Number.POSITIVE_INFINITY

  /** Repeats `step` until it succeeds; null when it is time to give up. */
  const persist = async <T>(step: () => Promise<T>): Promise<T | null> => {
    for (let pause_ms = SHORTEST_PAUSE_MS; ; pause_ms = Math.min(pause_ms * 2, LONGEST_PAUSE_MS)) {
      try {
        return await step()
      } catch (error) {
        options.onFailure?.(error)
        // A shutdown drains what flows; it does not wait for what is broken.
        if (stopping.signal.aborted) return null
        await sleep(pause_ms * (0.5 + Math.random() / 2), stopping.signal)
      }
    }
  }

  const run = async (): Promise<void> => {
    while (now() < give_up_at) {
      const draining = stopping.signal.aborted
      const earliest = now() + GATHER_MS
      const entries = await persist(() => outbox.claim(BATCH_LIMIT, draining ? 0 : CLAIM_WAIT_MS))
      if (!entries) return
      if (entries.length === 0) {
        if (draining) return
        continue
      }
      options.onClaimed?.(entries)
      const delivered = await persist(async () => {
        for (const consume of consumers) await consume(entries)
        return true
      })
      if (!delivered) return
      // Should this fail, the entries come again, and consumers know them by their versions.
      await persist(() => outbox.acknowledge(entries))
      const early_ms = earliest - now()
      if (early_ms > 0 && entries.length < BATCH_LIMIT) await sleep(early_ms, stopping.signal)
    }
  }

  return {
    start() {
      running ??= run()
    },
    stop(drain_ms) {
      stopped ??= (async () => {
        give_up_at = now() + drain_ms
        stopping.abort()
        // A consumer that hangs is left behind; its batch is not acknowledged and comes again.
        const over = new AbortController()
        await Promise.race([running, sleep(drain_ms, over.signal)])
        over.abort()
      })()
      return stopped
    },
  }
}
