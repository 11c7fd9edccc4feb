import { useEffect, useRef, useState } from 'preact/hooks'
import type { Baseline, Comparison, Connection, SyncKairosError } from '../../lib/api.ts'
import { type Query, useQuery } from '../../lib/query.ts'
import { useRunFeed } from '../../lib/run-feed.ts'
import { FEWEST_COMPARED } from '../../lib/run-meta.ts'
import type { Choices } from './choices.ts'
import { useVerdicts } from './verdicts.ts'

const POINTS = 300
/** Curves of runs that go on are drawn anew this often; each time the server aligns all of them. */
const ANEW_MS = 10_000

export type Compared = {
  /** The newest curves; those of the last choice until the next have come. */
  data: Comparison | undefined
  /** Whether they are of another choice than the one that was made. */
  late: boolean
  error: SyncKairosError | undefined
  /** By run_id; none for the baseline itself. */
  verdicts: ReadonlyMap<string, Baseline>
  /** Why some run has no verdict, or an old one. */
  unjudged: SyncKairosError | undefined
  connection: Connection | null
  refresh(): void
}

/** Runs on one axis, and each of them against the baseline; as long as one of them goes on, again and again. */
export function useComparison({ ids, axis, metric, against }: Choices): Compared {
  const enabled = ids.length >= FEWEST_COMPARED
  const names = ids.join()
  const curves = useQuery(
    (signal, { client }) => client.runs.compare({ ids, axis, metric, points: POINTS }, { signal }),
    [names, axis, metric],
    { enabled },
  )
  const judged = useVerdicts(ids, against, enabled)
  const connection = useChanges(ids, curves, judged)

  const last = useRef<Comparison | undefined>(undefined)
  if (curves.data) last.current = curves.data
  if (!enabled) last.current = undefined
  return {
    data: last.current,
    late: enabled && !curves.data,
    error: curves.error,
    verdicts: judged.verdicts,
    unjudged: judged.error,
    connection,
    refresh() {
      curves.refresh()
      judged.refresh()
    },
  }
}

/** Has asked anew what reports change: for many of them together, and not while nobody looks. */
function useChanges(
  ids: readonly string[],
  curves: Query<unknown>,
  judged: { changed(run_id: string): void },
): Connection | null {
  const [connection, setConnection] = useState<Connection | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  const change = (changed: readonly string[]) => {
    for (const id of changed) judged.changed(id)
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      curves.renew()
    }, ANEW_MS)
  }
  const begun = useRef(false)
  useRunFeed({
    event({ run_id }) {
      if (ids.includes(run_id)) change([run_id])
    },
    reset() {
      // The first one says that the feed has begun; what is on its way then is new enough.
      if (begun.current) change(ids)
      begun.current = true
    },
    connection: setConnection,
  })
  return connection
}
