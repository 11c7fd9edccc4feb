import type { RunStatus } from '../../engine/run/state.ts'
import type { Clock } from '../clock.ts'
import { isNewer, type Position } from '../realtime/frames.ts'
import type { StateStore } from '../store/state-store.ts'
import { runJsonOf } from './codec.ts'
import { TOPIC } from './decide.ts'

/** Which runs there are, as far as this instance has heard: for figures that must not wait for the store. */
export type Board = {
  readonly active: number
  readonly total: number
  /** Older news than what is known changes nothing. */
  note(id: string, at: Position, status: RunStatus): void
  /** Reads all of it anew; what is noted meanwhile stays. */
  load(): Promise<void>
}

/** How often it is read anew: what outlives its retention goes without a word. */
export const RELOAD_INTERVAL_MS = 60_000
const PAGE = 200

export function createBoard(store: Pick<StateStore, 'list'>, clock: Pick<Clock, 'now'>): Board {
  type Entry = Position & { status: RunStatus; noted_at: number }
  let entries = new Map<string, Entry>()
  let active = 0

  const put = (id: string, entry: Entry) => {
    const known = entries.get(id)
    if (known && !isNewer(entry, known)) return
    active += Number(entry.status === 'running') - Number(known?.status === 'running')
    entries.set(id, entry)
  }

  return {
    get active() {
      return active
    },
    get total() {
      return entries.size
    },

    note: (id, { epoch, version }, status) => put(id, { epoch, version, status, noted_at: clock.now() }),

    async load() {
      const began = clock.now()
      const found: [string, Entry][] = []
      let cursor: string | null = null
      do {
        const page = await store.list(TOPIC, { limit: PAGE, ...(cursor === null ? {} : { cursor }) })
        for (const { epoch, version, label, document } of page.records) {
          const { run_id } = JSON.parse(runJsonOf(document)) as { run_id: string }
          found.push([run_id, { epoch, version, status: label as RunStatus, noted_at: began }])
        }
        cursor = page.next
      } while (cursor !== null)
      const noted = [...entries].filter(([, { noted_at }]) => noted_at >= began)
      entries = new Map()
      active = 0
      for (const [id, entry] of [...found, ...noted]) put(id, entry)
    },
  }
}
