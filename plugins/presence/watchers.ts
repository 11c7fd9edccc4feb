import type { Watcher, Watchers } from '../../schemas/presence.ts'
import type { Clock } from '../clock.ts'
import type { Reader } from '../realtime/channel.ts'
import { nameOf } from '../realtime/frames.ts'
import type { Hub } from '../realtime/hub.ts'
import type { Key } from '../store/state-store.ts'
import { type Board, NOTES_LIFETIME_MS } from './board.ts'
import type { Others } from './instances.ts'

/** What one instance says of the watchers of one key. */
type Note = { total: number; watchers: Omit<Watcher, 'instance'>[] }

type Options = {
  hub: Pick<Hub, 'readers' | 'onReaders'>
  /** Null where there is only this instance. */
  board: Board | null
  others: () => Promise<Others>
  clock: Clock
  /** The id of this instance. */
  id: string
  limits?: Limits
}

/** What one instance tells the others at most, whoever opens sockets at it. */
type Limits = { names: number; listed: number }

export const FLUSH_INTERVAL_MS = 1000
/** How many watchers of a key are listed. */
const MOST_LISTED = 100
const LIMITS: Limits = { names: 10_000, listed: 10_000 }
/** How many changes are written at once. */
const BATCH = 500
const REFRESH_MS = NOTES_LIFETIME_MS / 3

/**
 * Who watches a key, on all instances. Each tells the others what has changed at most once a second, so that readers who
 * come and go cost an entry in a map.
 */
export function createWatchers({ hub, board, others, clock, id, limits = LIMITS }: Options) {
  const changed = new Map<string, Key>()
  /** What the others were told, with the number of those that were listed. */
  const told = new Map<string, { key: Key; listed: number }>()
  /** What they were not told for want of room. */
  const untold = new Map<string, Key>()
  let listed = 0
  let sure = true
  let written_at = Number.NEGATIVE_INFINITY
  let flushing: Promise<void> | null = null
  let closed = false

  if (board) hub.onReaders((key) => changed.set(nameOf(key), key))

  const describe = ({ connected_at, ...reader }: Reader) => ({
    ...reader,
    connected_at: new Date(connected_at).toISOString(),
  })
  const first = (readers: Iterable<Reader>, count: number) =>
    Iterator.from(readers).take(count).map(describe).toArray()

  /** The note on a key as it is now, null to remove it, undefined when there is nothing to say. */
  function noteOn(name: string, key: Key): string | null | undefined {
    const readers = hub.readers(key)
    const before = told.get(name)
    untold.delete(name)
    if (readers.size === 0) {
      if (!before) return undefined
      told.delete(name)
      listed -= before.listed
      return null
    }
    if (!before && told.size >= limits.names) {
      untold.set(name, key)
      return undefined
    }
    listed -= before?.listed ?? 0
    const watchers = first(readers, Math.max(0, Math.min(MOST_LISTED, limits.listed - listed)))
    listed += watchers.length
    told.set(name, { key, listed: watchers.length })
    return JSON.stringify({ total: readers.size, watchers } satisfies Note)
  }

  function takeBatch(): Map<string, string | null> {
    const notes = new Map<string, string | null>()
    for (const [name, key] of changed) {
      if (notes.size >= BATCH) break
      changed.delete(name)
      const note = noteOn(name, key)
      if (note !== undefined) notes.set(name, note)
    }
    return notes
  }

  /** What was told is lost, or nobody knows: all of it is to be told again. */
  function startAfresh() {
    for (const [name, { key }] of told) changed.set(name, key)
    told.clear()
    listed = 0
  }

  function makeRoom() {
    for (const [name, key] of Iterator.from(untold).take(limits.names - told.size)) changed.set(name, key)
  }

  async function flush(to: Board): Promise<void> {
    makeRoom()
    const due = told.size > 0 && clock.now() - written_at >= REFRESH_MS
    if (changed.size === 0 && !due && sure) return
    do {
      // Nobody has -1 notes: what a failed call left behind is removed.
      const known = sure ? told.size : -1
      const notes = takeBatch()
      if (notes.size === 0 && !due && sure) continue
      sure = false
      const kept = await to.write(notes, known)
      sure = true
      written_at = clock.now()
      if (!kept) startAfresh()
    } while (changed.size > 0 && !closed)
  }

  return {
    /** Whether there are more keys with watchers than the others are told of. */
    get crowded() {
      return untold.size > 0
    },

    /** Tells the others what has changed. Rejects when they cannot be told; then everything is told again. */
    flush(): Promise<void> {
      if (!board || closed) return Promise.resolve()
      flushing ??= flush(board).finally(() => {
        flushing = null
      })
      return flushing
    },

    async of(key: Key): Promise<Watchers> {
      const { cards, partial } = await others()
      const name = nameOf(key)
      const answers = await Promise.allSettled(
        cards.map(async (card) => {
          const text = (await board?.read(card.id, name)) ?? null
          const note: Note = text === null ? { total: 0, watchers: [] } : JSON.parse(text)
          return { total: note.total, watchers: note.watchers.map((one) => ({ ...one, instance: card.id })) }
        }),
      )
      const here = hub.readers(key)
      const notes = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
      const watchers = [
        ...first(here, MOST_LISTED).map((one) => ({ ...one, instance: id })),
        ...notes.flatMap((note) => note.watchers),
      ]
      watchers.sort((a, b) => a.connected_at.localeCompare(b.connected_at))
      return {
        total: notes.reduce((sum, { total }) => sum + total, here.size),
        partial: partial || notes.length < cards.length || cards.some(({ crowded }) => crowded),
        watchers: watchers.slice(0, MOST_LISTED),
      }
    },

    /** Nothing more is told; resolves when nothing is under way. */
    async close(): Promise<void> {
      closed = true
      await flushing?.catch(() => {})
    },
  }
}
