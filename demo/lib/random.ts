import { createHash } from 'node:crypto'

export type Random = ReturnType<typeof createRandom>

/** Chance that is the same for the same seed, whatever other streams of it are asked in between. */
export function createRandom(seed: string) {
  let count = 0

  /** 0 up to, but not, 1. */
  const next = () => createHash('sha256').update(`${seed}/${count++}`).digest().readUIntBE(0, 6) / 2 ** 48
  const between = (least: number, most: number) => least + (most - least) * next()
  const whole = (least: number, most: number) => Math.floor(between(least, most + 1))

  return {
    between,
    /** A whole number, both ends included. */
    whole,
    chance: (probability: number) => next() < probability,
    pick: <T>(list: readonly T[]): T => list[whole(0, list.length - 1)] as T,
    /** `count` of them, in any order. */
    some<T>(list: readonly T[], count: number): T[] {
      const left = [...list]
      return Array.from({ length: Math.min(count, left.length) }, () => {
        return left.splice(whole(0, left.length - 1), 1)[0] as T
      })
    },
    /** Mostly near `usual`, at times a multiple of it: how long people take. `spread` 0: always `usual`. */
    skewed(usual: number, spread: number): number {
      const bell = next() + next() + next() + next() - 2
      return usual * Math.exp(bell * spread)
    },
    uuid(): string {
      const hex = createHash('sha256').update(`${seed}/${count++}`).digest('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    },
    /** A stream of its own. */
    stream: (name: string) => createRandom(`${seed}/${name}`),
  }
}
