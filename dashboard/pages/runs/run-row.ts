import { Icon } from '../../components/icon.ts'
import { html } from '../../lib/html.ts'
import type { Entry } from '../../lib/run-board.ts'
import { stateOf } from '../../lib/run-meta.ts'
import { useExternal } from '../../lib/store.ts'
import { About, Clients, Disk, Length, Name, Pace, Peers, Places, Synced } from './cells.ts'

/** How many columns there are, the one of the boxes included. */
export const COLUMNS = 9

/** A run, rendered anew only when it has changed itself. Below it, why it failed or is stale. */
export function RunRow({
  entry,
  selected,
  full,
  onSelect,
}: {
  entry: Entry
  selected: boolean
  /** Whether no more can be selected. */
  full: boolean
  onSelect(id: string, selected: boolean): void
}) {
  const { run, rate, finish_at } = useExternal(entry.subscribe, entry.get)
  const { run_id, status, error } = run
  const select = (event: Event) => onSelect(run_id, (event.currentTarget as HTMLInputElement).checked)
  // Roles are told, for on phones these are no table cells to the browser.
  return html`<tbody role="rowgroup" class="run" data-state=${stateOf(run)} data-status=${status} data-selected=${selected ? '' : undefined}>
    <tr role="row">
      <td role="cell" class="pick"><label><input type="checkbox" checked=${selected} disabled=${full && !selected} aria-label=${`Compare ${run_id}`} onChange=${select} /></label></td>
      <th role="rowheader" scope="row" class="name">
        <${Name} run=${run} /><${About} run=${run} />
      </th>
      <td role="cell" class="clients"><${Clients} run=${run} /></td>
      <td role="cell" class="synced"><${Synced} run=${run} /></td>
      <td role="cell" class="numeric places"><${Places} run=${run} /></td>
      <td role="cell" class="numeric pace"><${Pace} run=${run} rate=${rate} finish_at=${finish_at} /></td>
      <td role="cell" class="numeric peers"><${Peers} run=${run} /></td>
      <td role="cell" class="numeric disk"><${Disk} run=${run} /></td>
      <td role="cell" class="numeric length"><${Length} run=${run} /></td>
    </tr>
    ${error && html`<tr role="row" class="reason"><td role="cell" colspan=${COLUMNS}><span><${Icon} name=${status === 'stale' ? 'silent' : 'warning'} />${error}</span></td></tr>`}
  </tbody>`
}
