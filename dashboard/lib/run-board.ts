import type { Run, RunEvent } from './api.ts'
import { after } from './run-change.ts'
import { metricOf } from './run-meta.ts'
import {
  addSample,
  finishOf,
  OUTLOOK_MS,
  RATE_MS,
  type Sample,
  type Slopes,
  slopesOf,
  steadyFinish,
} from './run-pace.ts'
import { createStore, type Store } from './store.ts'

/** A run as it is known now. `rate`: blocks per second in the last minute; `finish_at`: when it will be in sync (ms). */
export type Known = { readonly run: Run; readonly rate: number | null; readonly finish_at: number | null }

/** One run on the board: it tells when it has changed. */
export type Entry = { readonly id: string; get(): Known; subscribe(listener: () => void): () => void }

type Kept = Entry & {
  store: Store<Known>
  /** What comes next on the screen. */
  known: Known
  samples: readonly Sample[]
  /** Speeds by its history, until there are enough samples. */
  past: Slopes | null
}

const UNKNOWN: Slopes = { block: null, exec: null, cons: null }
/** Of a run that is not in the list yet. */
const MOST_WAITING = 20

export type Board = ReturnType<typeof createBoard>

/**
 * All runs, from a list and the feed, whichever of them is first: of each run the newest version counts. However often runs
 * change, readers are told once per `schedule`, which is a frame, and each row only of its own run. `onUnknown` is called
 * when the feed tells of a run that no list had: another list is needed.
 */
export function createBoard(schedule: (flush: () => void) => void, onUnknown: () => void) {
  const entries = new Map<string, Kept>()
  const waiting = new Map<string, RunEvent[]>()
  const changed = new Set<Kept>()
  /** All of them; another array when one has come or gone, or is of another status. */
  const all = createStore<readonly Entry[] | null>(null)
  let reorder = false
  let scheduled = false

  function flush() {
    scheduled = false
    for (const entry of changed) entry.store.set(entry.known)
    changed.clear()
    if (reorder) all.set([...entries.values()])
    reorder = false
  }

  function plan() {
    if (scheduled) return
    scheduled = true
    schedule(flush)
  }

  function change(entry: Kept, run: Run, sample: Sample | null) {
    if (run.status !== entry.known.run.status) reorder = true
    if (sample) entry.samples = addSample(entry.samples, sample)
    entry.known = { run, ...paceOf(entry, run) }
    changed.add(entry)
    plan()
  }

  function add(run: Run) {
    const store = createStore<Known>({ run, rate: null, finish_at: null })
    const { get, subscribe } = store
    entries.set(run.run_id, { id: run.run_id, get, subscribe, store, known: get(), samples: [], past: null })
    reorder = true
    plan()
  }

  function take(event: RunEvent) {
    const entry = entries.get(event.run_id)
    // A name that was free for long enough may begin anew: the list knows.
    const anew = event.type === 'test_start' && entry && event.timestamp > entry.known.run.last_update
    if (!entry || anew) {
      const before = waiting.get(event.run_id) ?? []
      waiting.set(event.run_id, [...before, event].slice(-MOST_WAITING))
      onUnknown()
    } else if (event.version > entry.known.run.version) {
      change(entry, after(entry.known.run, event), event.type === 'test_progress' ? sampleOf(event) : null)
    }
  }

  return {
    all: { get: all.get, subscribe: all.subscribe },
    take,

    /** A list of all runs: what it does not have is gone. */
    merge(runs: readonly Run[]) {
      const listed = new Set(runs.map(({ run_id }) => run_id))
      for (const id of entries.keys()) if (!listed.has(id)) reorder = entries.delete(id)
      for (const run of runs) {
        const entry = entries.get(run.run_id)
        if (!entry) add(run)
        else if (run.version > entry.known.run.version || run.last_update > entry.known.run.last_update) {
          if (run.start_time !== entry.known.run.start_time) entry.samples = []
          change(entry, run, null)
          // It may be called otherwise now, and so be elsewhere.
          reorder = true
        }
      }
      const events = [...waiting.values()].flat()
      waiting.clear()
      for (const event of events) if (entries.has(event.run_id)) take(event)
      // An empty list is an answer, too.
      if (all.get() === null) reorder = true
      if (reorder) plan()
    },

    /** How fast a run was before anybody looked. */
    remember(id: string, past: Slopes) {
      const entry = entries.get(id)
      if (!entry) return
      entry.past = past
      change(entry, entry.known.run, null)
    },

    remembers: (id: string): boolean => Boolean(entries.get(id)?.past),
  }
}

function paceOf({ samples, past, known }: Kept, run: Run): Pick<Known, 'rate' | 'finish_at'> {
  if (run.status !== 'running') return { rate: null, finish_at: null }
  const { block } = slopesOf(samples, RATE_MS)
  const long = slopesOf(samples, OUTLOOK_MS)
  const earlier = past ?? UNKNOWN
  const slopes = { block: null, exec: long.exec ?? earlier.exec, cons: long.cons ?? earlier.cons }
  const last = samples.at(-1) ?? sampleAt(Date.parse(run.last_update), run)
  return {
    rate: block ?? earlier.block,
    finish_at: steadyFinish(known.finish_at, finishOf(last, slopes), last.at),
  }
}

const sampleAt = (at: number, run: Pick<Run, 'current_metrics'>): Sample => ({
  at,
  block: metricOf(run, 'block'),
  exec: metricOf(run, 'exec_sync_percent'),
  cons: metricOf(run, 'cons_sync_percent'),
})

const sampleOf = ({ timestamp, data }: RunEvent & { type: 'test_progress' }): Sample =>
  sampleAt(Date.parse(timestamp), { current_metrics: data as Run['current_metrics'] })
