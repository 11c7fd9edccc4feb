import type { State } from '../components/badge.ts'
import type { Run } from './api.ts'
import { formatClock, formatDuration } from './format.ts'

/** The two clients of a run, by the names that its metrics begin with. */
export type Side = 'exec' | 'cons'

/** What a run's clients are made of; lists, details and comparisons have it. */
type Clients = Pick<Run, 'el_client' | 'cl_client'>

export const SIDES: readonly { side: Side; name: string }[] = [
  { side: 'exec', name: 'Execution' },
  { side: 'cons', name: 'Consensus' },
]

/** How a run is coloured. */
export const stateOf = ({ status }: Pick<Run, 'status'>): State => (status === 'finished' ? 'done' : status)

/** How many runs are compared at most: as many lines as can be told apart. */
export const MOST_COMPARED = 6
export const FEWEST_COMPARED = 2

/** The address at which runs are compared. */
export const compareHref = (ids: Iterable<string>, more: Record<string, string> = {}): string =>
  `/runs/compare?${new URLSearchParams({ ids: [...ids].join(','), ...more })}`

/** What stands for no client in a run that is not one of nodes. */
const NONE = new Set(['', 'none'])

const VERSION = /\bv?(\d+\.\d+(?:\.\d+)?(?:-(?:rc|alpha|beta)[.\w]*)?)/i

export const clientType = (run: Clients, side: Side): string | null => {
  const type = side === 'exec' ? run.el_client : run.cl_client
  return NONE.has(type) ? null : type
}

/** Both in short: `geth + lighthouse`; of a job that is no sync, its command. */
export const clientPair = (run: Clients): string =>
  SIDES.map(({ side }) => clientType(run, side))
    .filter((type) => type !== null)
    .join(' + ')

/** Of a client: what it says of itself, else what its image is called; null when neither tells. */
export function clientVersion(run: Run, side: Side): string | null {
  const said = run.current_metrics?.[`${side}_version`]
  const image = (side === 'exec' ? run.el_client_config : run.cl_client_config).image
  return shortVersion(String(said ?? '')) ?? shortVersion(tagOf(image)) ?? (tagOf(image) || null)
}

/** `Geth/v1.16.7-stable/linux-amd64/go1.24.9` -> `1.16.7`. */
export const shortVersion = (text: string): string | null => VERSION.exec(text)?.[1] ?? null

/** What stands behind the last colon; one before a slash belongs to a port. */
const tagOf = (image: string): string => /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? ''

/** A number that was measured last; null when it never was. */
export function metricOf(run: Pick<Run, 'current_metrics'>, name: string): number | null {
  const value = run.current_metrics?.[name]
  return typeof value === 'number' ? value : null
}

/** Of both clients together; null when neither told. */
export function bothOf(run: Pick<Run, 'current_metrics'>, what: string): number | null {
  const [exec, cons] = [metricOf(run, `exec_${what}`), metricOf(run, `cons_${what}`)]
  return exec === null && cons === null ? null : (exec ?? 0) + (cons ?? 0)
}

/** Where a client is: how far, in percent, and at which block or slot. */
export const percentOf = (run: Pick<Run, 'current_metrics'>, side: Side): number | null =>
  metricOf(run, `${side}_sync_percent`)

export function placeOf(run: Run, side: Side): number | null {
  const [end, name] =
    side === 'exec' ? ([run.final_block, 'block'] as const) : ([run.final_slot, 'slot'] as const)
  return end ?? metricOf(run, name)
}

/** How long it has taken until `now` (ms), or took. */
export function lengthOf(run: Pick<Run, 'start_time' | 'end_time'>, now: number): number {
  const end = run.end_time === null ? now : Date.parse(run.end_time)
  return Math.max(0, end - Date.parse(run.start_time))
}

/** Time to go, as exactly as it can be known: `less than a minute`, `about 12 m`, `about 3 h 20 m`. */
export function formatAbout(ms: number): string {
  const minutes = ms / 60_000
  if (minutes < 1) return '< 1 m'
  const step = minutes < 60 ? 1 : minutes < 24 * 60 ? 10 : 60
  const rounded = Math.round(minutes / step) * step
  return rounded < 60 ? `${rounded} m` : formatDuration(rounded * 60_000)
}

/** A length as it runs. */
export const formatLength = (ms: number): string => formatClock(ms, { tenths: 'never', down: false })

/** Marked by whoever reports it as the one that others are measured against. */
export const isBaseline = ({ labels }: Pick<Run, 'labels'>): boolean => labels.baseline === 'true'

/** The run that this one names as its baseline. */
export const namedBaseline = ({ labels }: Pick<Run, 'labels'>): string | null =>
  labels.baseline === undefined || labels.baseline === '' || isBaseline({ labels }) ? null : labels.baseline
