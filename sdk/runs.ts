import type { CallOptions, Stop } from './client-types.ts'
import { segment } from './endpoint.ts'
import type { Requester } from './request.ts'
import type { RunWatcher } from './run-watch.ts'
import type {
  Acknowledged,
  Baseline,
  BaselineQuery,
  Comparison,
  ComparisonQuery,
  CompleteRun,
  RunDetail,
  RunList,
  RunListQuery,
  RunProgress,
  StartRun,
} from './types.ts'

/**
 * The calls about runs. Each rejects with a SyncKairosError. Reports are repeatable by what is in them; to report a run
 * from its process there is `createReporter` of `@synckairos/client/reporter`, which outlasts an absence of the server.
 */
export type Runs = {
  /** Newest first. */
  list(query?: RunListQuery, options?: CallOptions): Promise<RunList>
  get(id: string, options?: CallOptions): Promise<RunDetail>
  /** 2 to 20 runs along a common axis. */
  compare(query: ComparisonQuery & { ids: readonly string[] }, options?: CallOptions): Promise<Comparison>
  /** Judges a run by another one. */
  baseline(id: string, query?: BaselineQuery, options?: CallOptions): Promise<Baseline>
  /** The history as CSV, or all of the run as JSON. */
  export(id: string, format: 'csv' | 'json', options?: CallOptions): Promise<string>
  start(run: StartRun, options?: CallOptions): Promise<Acknowledged>
  /** Tells that a run goes on; starts it when it is not known. */
  keepalive(run: StartRun, options?: CallOptions): Promise<Acknowledged>
  progress(id: string, progress: RunProgress, options?: CallOptions): Promise<Acknowledged>
  complete(id: string, outcome: CompleteRun, options?: CallOptions): Promise<Acknowledged>
  /** Follows what happens to all runs. What was missed is told again, or else reset() is called. */
  watch(watcher: RunWatcher): Stop
}

const ROOT = '/v1/runs'

export function createRuns({ data, text }: Requester, watch: Runs['watch']): Runs {
  const at = (id: string, what = '') => `${ROOT}/${segment(id)}${what}`
  const report = (path: string, body: unknown, options?: CallOptions): Promise<Acknowledged> =>
    data({ method: 'POST', path, body }, options)

  return {
    list: (query, options) => data({ method: 'GET', path: ROOT, query }, options),
    get: async (id, options) => data({ method: 'GET', path: at(id) }, options),
    compare: (query, options) =>
      data({ method: 'GET', path: `${ROOT}/compare`, query: { ...query, ids: String(query.ids) } }, options),
    baseline: async (id, query, options) =>
      data({ method: 'GET', path: at(id, '/baseline'), query }, options),
    export: async (id, format, options) =>
      text({ method: 'GET', path: at(id, '/export'), query: { format } }, options),
    start: (run, options) => report(`${ROOT}/start`, run, options),
    keepalive: (run, options) => report(`${ROOT}/keepalive`, run, options),
    progress: async (id, progress, options) => report(at(id, '/progress'), progress, options),
    complete: async (id, outcome, options) => report(at(id, '/complete'), outcome, options),
    watch,
  }
}
