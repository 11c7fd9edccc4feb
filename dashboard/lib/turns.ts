/** Whose turn it is to ask the server something that nobody waits for. */
export type Turns = {
  /** Resolves with true when it is time to ask; with false when `signal` ended the waiting. */
  next(signal: AbortSignal): Promise<boolean>
  /** Nothing is asked for so long: the server wants to be left alone. */
  rest(ms: number): void
  /** The page is seen again. */
  wake(): void
}

type Surroundings = {
  /** In ms, from any origin. */
  now(): number
  after(ms: number, run: () => void): void
  isHidden(): boolean
}

/** So many at once after a calm time, and one each TURN_MS from then on: no minute has more than 25. */
const AT_ONCE = 5
const TURN_MS = 3000

/**
 * Limits what an open page asks by itself, whatever happens on it: the server counts requests by address, and those who
 * sit behind one router share it. A hidden page asks nothing; what waited meanwhile has its turn when it is seen again.
 */
export function createTurns({ now, after, isHidden }: Surroundings): Turns {
  const waiting: { go(): void; signal: AbortSignal }[] = []
  let left = AT_ONCE
  let counted_at = now()
  let resting_until = Number.NEGATIVE_INFINITY
  let planned = false

  function count() {
    const turns = Math.floor((now() - counted_at) / TURN_MS)
    left = Math.min(AT_ONCE, left + turns)
    counted_at = left === AT_ONCE ? now() : counted_at + turns * TURN_MS
  }

  function pump() {
    if (isHidden()) return
    count()
    if (now() >= resting_until) {
      while (left > 0 && waiting.length > 0) {
        left -= 1
        waiting.shift()?.go()
      }
    }
    if (waiting.length === 0 || planned) return
    planned = true
    const turn = left > 0 ? 0 : counted_at + TURN_MS - now()
    after(Math.max(turn, resting_until - now(), 1), () => {
      planned = false
      pump()
    })
  }

  return {
    next: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(false)
        const settle = (turn: boolean) => {
          signal.removeEventListener('abort', giveUp)
          resolve(turn)
        }
        const entry = { signal, go: () => settle(true) }
        const giveUp = () => {
          waiting.splice(waiting.indexOf(entry), 1)
          settle(false)
        }
        signal.addEventListener('abort', giveUp)
        waiting.push(entry)
        pump()
      }),
    rest(ms) {
      resting_until = Math.max(resting_until, now() + ms)
    },
    wake: pump,
  }
}
