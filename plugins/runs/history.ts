import { randomUUID } from 'node:crypto'
import { mergePoints } from '../../engine/run/points.ts'
import type { Point } from '../../engine/run/state.ts'
import { type History, NARROWEST_MS, thin } from '../../engine/run/thin.ts'
import { storeUnavailable } from '../store/errors.ts'
import type { StateStore, StoredRecord } from '../store/state-store.ts'
import { type Packed, pack, unpack } from './pack.ts'

const TOPIC = 'run-history'
const ATTEMPTS = 20

/** `epoch` is that of the run: the history of an earlier run with the same id is not its own. */
type Document = { epoch: number; width_ms: number; points: Packed }

export type RunHistory = {
  /** What was kept of the run of this epoch. */
  read(id: string, epoch: number): Promise<History>
  /** Adds points, thinned; those that are there already are kept once, so it may be repeated. */
  keep(id: string, epoch: number, points: readonly Point[], lifetime_ms: number): Promise<void>
  /** Removes what was kept of the run of this epoch and of those before it. */
  remove(id: string, epoch: number): Promise<void>
}

/** The long histories, each in a record of its own: a report then rewrites a few points and not a thousand. */
export function createRunHistory(store: Pick<StateStore, 'read' | 'commit'>): RunHistory {
  const keyOf = (id: string) => ({ topic: TOPIC, id })

  /** `draw` makes the new document of the old one; null: there is to be none; the old one: it stays as it is. */
  const write = async (id: string, lifetime_ms: number, draw: (old: Document | null) => Document | null) => {
    // A guess is as good: a hundred kilobytes that this instance wrote itself need not come back each time.
    let expect: StoredRecord | null = await store.read(keyOf(id), { guess: true })
    let floor = expect?.version ?? 0
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const old: Document | null = expect && JSON.parse(expect.document)
      const document = draw(old)
      if (document === old) return
      const version = Math.max(floor, expect?.version ?? 0) + 1
      const epoch = expect?.epoch ?? document?.epoch ?? 0
      const result = await store.commit(keyOf(id), {
        expect,
        next: document && { epoch, version, document: JSON.stringify(document), label: '' },
        version,
        events: [],
        deadline: null,
        lifetime_ms,
        operation_id: randomUUID(),
      })
      if (result.outcome !== 'conflict') return
      expect = result.current
      floor = result.floor
    }
    throw storeUnavailable(new Error(`the history of ${id} kept changing`))
  }

  return {
    async read(id, epoch) {
      const record = await store.read(keyOf(id))
      const document: Document | null = record && JSON.parse(record.document)
      if (document?.epoch !== epoch) return { points: [], width_ms: NARROWEST_MS }
      return { points: unpack(document.points), width_ms: document.width_ms }
    },

    keep: (id, epoch, points, lifetime_ms) =>
      write(id, lifetime_ms, (old) => {
        if (old && old.epoch > epoch) return old
        const own = old?.epoch === epoch ? old : null
        const merged = mergePoints(own ? unpack(own.points) : [], points)
        const thinned = thin({ points: merged, width_ms: own?.width_ms ?? NARROWEST_MS })
        return { epoch, width_ms: thinned.width_ms, points: pack(thinned.points) }
      }),

    remove: (id, epoch) => write(id, 0, (old) => (old && old.epoch > epoch ? old : null)),
  }
}
