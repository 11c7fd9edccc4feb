import type { Figures, Instance, Instances } from '../../schemas/presence.ts'
import type { Clock } from '../clock.ts'
import type { Board } from './board.ts'

/** `crowded`: it has more watchers than it tells the others of. */
type Card = Instance & { crowded: boolean }

/** What is known of the other instances. `partial`: it may not be all. */
export type Others = { cards: Card[]; partial: boolean }

type Options = {
  /** Null where there is only this instance. */
  board: Board | null
  clock: Clock
  /** What of this instance stays the same. */
  self: Omit<Instance, 'seen_at' | 'figures'>
  figures: () => Promise<Figures>
  crowded: () => boolean
}

export const BEAT_INTERVAL_MS = 2000
/** How long after its last beat an instance is taken for alive, in ms. */
const ALIVE_MS = 10_000
/** How long after its last beat a card is removed, in ms. */
const FORGOTTEN_MS = 60_000
/** How old the answer to many who ask may be, in ms. */
const FRESH_MS = 1000

/** The instances of this deployment that are alive, this one always among them. */
export function createInstances({ board, clock, self, figures, crowded }: Options) {
  let own: Instance | null = null
  let beating: Promise<void> | null = null
  let looked: { at: number; others: Promise<Others> } | null = null

  const age = ({ seen_at }: Card) => clock.now() - Date.parse(seen_at)

  async function describe(): Promise<Instance> {
    return { ...self, seen_at: new Date(clock.now()).toISOString(), figures: await figures() }
  }

  async function announce(): Promise<void> {
    own = await describe()
    await board?.announce(JSON.stringify({ ...own, crowded: crowded() } satisfies Card))
  }

  async function look(from: Board): Promise<Others> {
    try {
      const { [self.id]: _, ...texts } = await from.cards()
      const known = Object.values(texts).map((text) => JSON.parse(text) as Card)
      const gone = known.filter((card) => age(card) > FORGOTTEN_MS)
      from.forget(gone.map(({ id }) => id)).catch(() => {})
      return { cards: known.filter((card) => age(card) < ALIVE_MS), partial: false }
    } catch {
      return { cards: [], partial: true }
    }
  }

  function others(): Promise<Others> {
    if (!board) return Promise.resolve({ cards: [], partial: false })
    const now = clock.now()
    if (!looked || now - looked.at >= FRESH_MS) looked = { at: now, others: look(board) }
    return looked.others
  }

  return {
    others,

    /** Tells the others that this instance lives, and how it is. Rejects when they cannot be told. */
    beat(): Promise<void> {
      beating ??= announce().finally(() => {
        beating = null
      })
      return beating
    },

    async list(): Promise<Instances> {
      const { cards, partial } = await others()
      own ??= await describe()
      const instances = [own, ...cards.map(({ crowded: _, ...instance }) => instance)]
      instances.sort((a, b) => a.started_at.localeCompare(b.started_at) || a.id.localeCompare(b.id))
      return { instances, partial }
    },

    /** Resolves when no beat is under way. */
    idle: () => beating?.catch(() => {}) ?? Promise.resolve(),
  }
}
