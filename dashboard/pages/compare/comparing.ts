import { useEffect, useRef, useState } from 'preact/hooks'
import {
  type Baseline,
  type Comparison,
  type Connection,
  client,
  type SyncKairosError,
} from '../../lib/api.ts'
import { useQuery } from '../../lib/hooks.ts'
import { useRunFeed } from '../../lib/run-feed.ts'
import { FEWEST_COMPARED } from '../../lib/run-meta.ts'
import type { Choices } from './choices.ts'

const POINTS = 400
/** Curves of runs that go on are drawn anew this often; each time the server aligns all of them. */
const ANEW_MS = 5000

export type Compared = {
  /** The newest curves; those of the last choice until the next have come. */
  data: Comparison | undefined
  /** Whether they are of another choice than the one that was made. */
  late: boolean
  error: SyncKairosError | undefined
  /** By run_id; none for the baseline itself. */
  verdicts: ReadonlyMap<string, Baseline>
  connection: Connection | null
  refresh(): void
}

/** Runs on one axis, and each of them against the baseline; as long as one of them goes on, again and again. */
export function useComparison({ ids, axis, metric, against }: Choices): Compared {
  const enabled = ids.length >= FEWEST_COMPARED
  const names = ids.join()
  const curves = useQuery(
    (signal) => client.runs.compare({ ids, axis, metric, points: POINTS }, { signal }),
    [names, axis, metric],
    { enabled },
  )
  const judged = useQuery((signal) => readVerdicts(ids, against, signal), [names, against], { enabled })
  const [connection, setConnection] = useState<Connection | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  const refresh = () => {
    clearTimeout(timer.current)
    timer.current = undefined
    curves.refresh()
    judged.refresh()
  }
  const begun = useRef(false)
  useRunFeed({
    event({ run_id }) {
      if (ids.includes(run_id)) timer.current ??= setTimeout(refresh, ANEW_MS)
    },
    reset() {
      // The first one says that the feed has begun; what is on its way then is new enough.
      if (begun.current) refresh()
      begun.current = true
    },
    connection: setConnection,
  })

  const last = useRef<Comparison | undefined>(undefined)
  if (curves.data) last.current = curves.data
  if (!enabled) last.current = undefined
  const verdicts = useRef<ReadonlyMap<string, Baseline>>(NONE)
  if (judged.data) verdicts.current = judged.data
  return {
    data: last.current,
    late: enabled && !curves.data,
    error: curves.error,
    verdicts: verdicts.current,
    connection,
    refresh,
  }
}

const NONE: ReadonlyMap<string, Baseline> = new Map()

async function readVerdicts(
  ids: readonly string[],
  against: string | null,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Baseline>> {
  if (against === null) return NONE
  const others = ids.filter((id) => id !== against)
  const found = await Promise.all(others.map((id) => client.runs.baseline(id, { against }, { signal })))
  return new Map(found.map((baseline) => [baseline.run_id, baseline]))
}
