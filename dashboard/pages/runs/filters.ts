import type { Run, RunStatus } from '../../lib/api.ts'
import { clientVersion } from '../../lib/run-meta.ts'

export type StatusFilter = 'all' | RunStatus

/** What is looked for; null: any. `label` as the API has it: `key=value`. */
export type Filters = {
  q: string
  status: StatusFilter
  network: string | null
  client: string | null
  label: string | null
}

export const STATUS_FILTERS: readonly { value: StatusFilter; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'running', label: 'Running' },
  { value: 'stale', label: 'Stale' },
  { value: 'failed', label: 'Failed' },
  { value: 'finished', label: 'Finished' },
]

/** The filters that an address holds. */
export function readFilters(query: URLSearchParams): Filters {
  const status = STATUS_FILTERS.find(({ value }) => value === query.get('status'))?.value ?? 'all'
  const [network, client, label] = ['network', 'client', 'label'].map((name) => query.get(name) || null) as [
    string | null,
    string | null,
    string | null,
  ]
  return { q: query.get('q') ?? '', status, network, client, label }
}

export const isFiltered = ({ q, status, network, client, label }: Filters): boolean =>
  q.trim() !== '' || status !== 'all' || network !== null || client !== null || label !== null

/** Whether a run is among those that are looked for; of a text all words must be somewhere. */
export function matches(run: Run, { q, status, network, client, label }: Filters): boolean {
  if (status !== 'all' && run.status !== status) return false
  if (network !== null && run.network !== network) return false
  if (client !== null && run.el_client !== client && run.cl_client !== client) return false
  if (label !== null && !labelsOf(run).includes(label)) return false
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = textOf(run)
  return words.every((word) => text.includes(word))
}

const labelsOf = ({ labels }: Pick<Run, 'labels'>): string[] =>
  Object.entries(labels).map(([key, value]) => `${key}=${value}`)

function textOf(run: Run): string {
  const { run_id, network, el_client, cl_client, enclave_name, error } = run
  const versions = [clientVersion(run, 'exec'), clientVersion(run, 'cons')]
  return [run_id, network, el_client, cl_client, enclave_name, error, ...versions, ...labelsOf(run)]
    .join(' ')
    .toLowerCase()
}

/** What there is to choose from, in order; a choice that no run has any more stays one. */
export function optionsOf(runs: readonly Run[], { network, client, label }: Filters) {
  const sorted = (values: (string | null)[]) =>
    [
      ...new Set(values.filter((value) => value !== null && value !== '' && value !== 'none')),
    ].sort() as string[]
  return {
    network: sorted([...runs.map((run) => run.network), network]),
    client: sorted([...runs.flatMap((run) => [run.el_client, run.cl_client]), client]),
    label: sorted([...runs.flatMap(labelsOf), label]),
  }
}
