import { Button } from '../../components/button.ts'
import { html } from '../../lib/html.ts'
import { compareHref, FEWEST_COMPARED, MOST_COMPARED } from '../../lib/run-meta.ts'

/** The runs that were selected, and what can be done with them; at the bottom of the window. */
export function SelectionBar({ ids, onClear }: { ids: ReadonlySet<string>; onClear(): void }) {
  const names = [...ids].join(', ')
  const hint =
    ids.size < FEWEST_COMPARED
      ? 'Select another one to compare'
      : ids.size === MOST_COMPARED
        ? `${MOST_COMPARED} at most`
        : ''
  return html`<div class="selection" role="region" aria-label="Selected runs">
    <p><strong class="tabular">${ids.size}</strong> selected <span class="muted" title=${names}>${hint || names}</span></p>
    <div class="row tight">
      <${Button} kind="quiet" onClick=${onClear}>Clear<//>
      <${Button} kind="primary" icon="chart" href=${ids.size < FEWEST_COMPARED ? undefined : compareHref(ids)} disabled=${ids.size < FEWEST_COMPARED} aria-keyshortcuts="c">Compare <kbd aria-hidden="true">c</kbd><//>
    </div>
  </div>`
}
