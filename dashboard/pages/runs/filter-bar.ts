import { useMemo } from 'preact/hooks'
import { Choice } from '../../components/field.ts'
import { Icon } from '../../components/icon.ts'
import { html } from '../../lib/html.ts'
import { setQuery } from '../../lib/router.ts'
import type { Entry } from '../../lib/run-board.ts'
import { type Filters, optionsOf, STATUS_FILTERS, type StatusFilter } from './filters.ts'

const NAMES = { network: 'Network', client: 'Client', label: 'Label' } as const

/** What the list is narrowed by. It is kept in the address, so that it can be sent to others. */
export function FilterBar({ entries, filters }: { entries: readonly Entry[]; filters: Filters }) {
  const options = useMemo(
    () =>
      optionsOf(
        entries.map((entry) => entry.get().run),
        filters,
      ),
    [entries, filters],
  )
  const selects = (Object.keys(NAMES) as (keyof typeof NAMES)[]).map((name) => {
    const change = (event: Event) =>
      setQuery({ [name]: (event.currentTarget as HTMLSelectElement).value || null })
    return html`<div key=${name} class="field">
      <select aria-label=${NAMES[name]} value=${filters[name] ?? ''} onChange=${change}>
        <option value="">${NAMES[name]}</option>
        ${options[name].map((value) => html`<option key=${value} value=${value}>${value}</option>`)}
      </select>
    </div>`
  })
  const search = (event: Event) => setQuery({ q: (event.currentTarget as HTMLInputElement).value || null })
  return html`<div class="filters" role="search">
    <label class="field search">
      <span class="hidden">Search runs</span><${Icon} name="search" />
      <input type="search" placeholder="Run, client, label or error" value=${filters.q} aria-keyshortcuts="/" onInput=${search} /><kbd aria-hidden="true">/</kbd>
    </label>
    ${selects}
    <${Choice} label="Status" hidden options=${STATUS_FILTERS} value=${filters.status}
      onChange=${(value: StatusFilter) => setQuery({ status: value === 'all' ? null : value })} />
  </div>`
}
