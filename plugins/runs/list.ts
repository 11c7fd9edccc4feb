import type { Run, RunListQuery } from '../../schemas/run.ts'
import { decodeCursor, encodeCursor, type Place } from '../store/cursor.ts'
import type { StateStore } from '../store/state-store.ts'
import { runJsonOf } from './codec.ts'
import { TOPIC } from './decide.ts'

/** `runs`: each as JSON text. */
export type RunList = {
  runs: string[]
  total_count: number
  active_count: number
  next_cursor: string | null
}

type Store = Pick<StateStore, 'list' | 'count'>

const PAGE = 200

/** Runs, newest first. @throws DomainError VALIDATION_ERROR for a cursor that is not one of ours */
export function listRuns(store: Store, query: RunListQuery): Promise<RunList> {
  const { active, status, network, label, client } = query
  const plain = !active && [status, network, label, client].every((each) => each === undefined)
  return plain ? everyRun(store, query) : fittingRuns(store, query)
}

async function everyRun(store: Store, { limit, cursor }: RunListQuery): Promise<RunList> {
  const runs: string[] = []
  let next = cursor ?? null
  do {
    const page = await store.list(TOPIC, {
      limit: Math.min(PAGE, limit - runs.length),
      ...(next === null ? {} : { cursor: next }),
    })
    runs.push(...page.records.map(({ document }) => runJsonOf(document)))
    next = page.next
  } while (next !== null && runs.length < limit)
  const count = (status: string) => store.count(TOPIC, status)
  const [running = 0, ...others] = await Promise.all(['running', 'stale', 'finished', 'failed'].map(count))
  const total_count = others.reduce((sum, each) => sum + each, running)
  return { runs, total_count, active_count: running, next_cursor: next }
}

/** Looks at every run, for only so the fitting ones are counted; a bounded number of runs is kept. */
async function fittingRuns(store: Store, query: RunListQuery): Promise<RunList> {
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor)
  const label = query.active ? 'running' : query.status
  const list: RunList = { runs: [], total_count: 0, active_count: 0, next_cursor: null }
  let last: Place | null = null
  let cursor: string | null = null
  do {
    const page = await store.list(TOPIC, {
      limit: PAGE,
      ...(label === undefined ? {} : { label }),
      ...(cursor === null ? {} : { cursor }),
    })
    for (const { document, epoch } of page.records) {
      const json = runJsonOf(document)
      const run = JSON.parse(json) as Run
      if (!fits(run, query)) continue
      list.total_count++
      list.active_count += Number(run.is_running)
      const place = { epoch, id: run.run_id }
      if (after && !follows(place, after)) continue
      if (list.runs.length === query.limit) list.next_cursor ??= last && encodeCursor(last)
      else {
        list.runs.push(json)
        last = place
      }
    }
    cursor = page.next
  } while (cursor !== null)
  return list
}

const follows = (a: Place, b: Place): boolean => a.epoch < b.epoch || (a.epoch === b.epoch && a.id < b.id)

function fits(run: Run, { active, status, network, label = [], client }: RunListQuery): boolean {
  return (
    (!active || run.is_running) &&
    (status === undefined || run.status === status) &&
    (network === undefined || run.network === network) &&
    (client === undefined || run.el_client === client || run.cl_client === client) &&
    [label].flat().every((wanted) => hasLabel(run, wanted))
  )
}

/** `key=value`, or `key` with any value. */
function hasLabel({ labels }: Run, wanted: string): boolean {
  const sign = wanted.indexOf('=')
  if (sign < 0) return Object.hasOwn(labels, wanted)
  const key = wanted.slice(0, sign)
  return Object.hasOwn(labels, key) && labels[key] === wanted.slice(sign + 1)
}
