import { DomainError } from '../../engine/errors.ts'
import type { Clock } from '../clock.ts'

/** What a message costs: it may pass, it is refused, or its sender did not listen and is to be ended. */
export type Verdict = 'granted' | 'refused' | 'exhausted'

/** Twice as many at once as per second; refusals count too, so whoever goes on regardless runs out. 0: no limit. */
export function createBudget(clock: Clock, per_second: number) {
  const burst = 2 * per_second
  let tokens = burst
  let at = clock.now()
  return {
    take(): Verdict {
      if (per_second === 0) return 'granted'
      const now = clock.now()
      tokens = Math.min(burst, tokens + ((now - at) * per_second) / 1000) - 1
      at = now
      if (tokens >= 0) return 'granted'
      return tokens >= -burst ? 'refused' : 'exhausted'
    },
    /** Undoes a take() that was granted. */
    refund(): void {
      tokens = Math.min(burst, tokens + 1)
    },
  }
}

/** Counts what each client address has open. 0: no limit. */
export function createTally(limit: number, what: string) {
  const open = new Map<string, number>()
  return {
    /** @throws DomainError RATE_LIMIT_EXCEEDED when this address may open no more */
    check(address: string): void {
      if (limit === 0 || (open.get(address) ?? 0) < limit) return
      throw new DomainError('limited', 'RATE_LIMIT_EXCEEDED', `At most ${limit} ${what} per client address`, {
        retry_after_seconds: 1,
      })
    },
    /** Returns what takes this one off again. */
    add(address: string): () => void {
      open.set(address, (open.get(address) ?? 0) + 1)
      return () => {
        const left = (open.get(address) ?? 1) - 1
        if (left > 0) open.set(address, left)
        else open.delete(address)
      }
    },
  }
}
