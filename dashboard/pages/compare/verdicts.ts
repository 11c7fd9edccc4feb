import { useEffect, useRef, useState } from 'preact/hooks'
import type { Baseline, SyncKairosError } from '../../lib/api.ts'
import type { Via } from '../../lib/background.ts'
import { useQuery } from '../../lib/query.ts'

/** A verdict changes slowly, and is a question for each run. */
const ANEW_MS = 30_000

export type Verdicts = {
  /** By run_id; none for the baseline itself. */
  verdicts: ReadonlyMap<string, Baseline>
  /** Why some of them are missing or old: one that fails leaves the others as they are. */
  error: SyncKairosError | undefined
  refresh(): void
  /** A run has reported: what it is told by is old. */
  changed(run_id: string): void
}

type Answer = { verdicts: ReadonlyMap<string, Baseline>; error: SyncKairosError | undefined }

const NONE: ReadonlyMap<string, Baseline> = new Map()

/** How each of some runs stands against one of them. */
export function useVerdicts(ids: readonly string[], against: string | null, enabled: boolean): Verdicts {
  const known = useRef(NONE)
  const old = useRef(new Set<string>())
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const [shown, show] = useState<Answer>({ verdicts: NONE, error: undefined })
  const { data, error, refresh, renew } = useQuery(
    (signal, via) => judge(ids, against, known.current, old.current, signal, via),
    [ids.join(), against],
    { enabled },
  )
  const plan = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      renew()
    }, ANEW_MS)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: plan() does the same in every rendering
  useEffect(() => {
    if (!data) return
    known.current = data.verdicts
    show(data)
    if (data.error?.retryable) plan()
  }, [data])
  useEffect(() => () => clearTimeout(timer.current), [])

  return {
    ...shown,
    error: error ?? shown.error,
    refresh,
    changed(run_id) {
      old.current.add(run_id)
      plan()
    },
  }
}

/** Asks about those of which nothing is known against this baseline, or which have changed; all when that one has. */
async function judge(
  ids: readonly string[],
  against: string | null,
  known: ReadonlyMap<string, Baseline>,
  old: Set<string>,
  signal: AbortSignal,
  { client, turn }: Via,
): Promise<Answer> {
  const verdicts = new Map<string, Baseline>()
  let failure: SyncKairosError | undefined
  if (against === null) return { verdicts, error: failure }
  const all = old.has(against)
  const asked: string[] = []
  for (const id of ids) {
    const before = known.get(id)
    if (before?.against === against) verdicts.set(id, before)
    if (id !== against && (all || old.has(id) || before?.against !== against)) asked.push(id)
  }
  await Promise.all(
    asked.map(async (id, i) => {
      if (i > 0 && !(await turn(signal))) return
      old.delete(id)
      await client.runs.baseline(id, { against }, { signal }).then(
        (baseline) => verdicts.set(id, baseline),
        (error: SyncKairosError) => {
          old.add(id)
          failure = error
        },
      )
    }),
  )
  old.delete(against)
  return { verdicts, error: failure }
}
