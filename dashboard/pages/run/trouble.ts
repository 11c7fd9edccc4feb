import { Button } from '../../components/button.ts'
import { CopyButton } from '../../components/copy-button.ts'
import { Icon } from '../../components/icon.ts'
import { Empty } from '../../components/states.ts'
import { client, type Run } from '../../lib/api.ts'
import { formatCount } from '../../lib/format.ts'
import { html } from '../../lib/html.ts'
import { placeOf } from '../../lib/run-meta.ts'

/** Why a run is stale or failed, and what to do. */
export function Trouble({ run }: { run: Run }) {
  if (run.error === null) return null
  const stale = run.status === 'stale'
  const at = placeOf(run, 'exec')
  const advice = stale
    ? 'Is the process that reports it still running, and can it reach this server? With the next report the run goes on by itself.'
    : `It ended${at === null ? '' : ` at block ${formatCount(at)}`}. To try again, start a run under another id.`
  return html`<div class="trouble" data-state=${stale ? 'stale' : 'failed'} role="status">
    <${Icon} name=${stale ? 'silent' : 'warning'} />
    <div><p><strong>${run.error}</strong></p><p class="muted">${advice}</p></div>
  </div>`
}

/** There is no run of this id, or not any more. */
export function Gone({ id }: { id: string }) {
  const command = `npx synckairos sync --run-id ${id} --el-rpc http://127.0.0.1:8545 --cl-api http://127.0.0.1:5052 --network hoodi --server ${client.url}`
  return html`<${Empty} icon="search" title="This run is not here"
    text="Finished runs are kept for a while only, 24 hours unless the server is told otherwise; then the audit log alone has them. Or it has not begun: it appears here as soon as it is reported.">
    <${Button} kind="primary" href="/runs">All runs<//>
    <${CopyButton} kind="plain" size="normal" text=${command} label="Copy a command that reports it">Copy a command that reports it<//>
  <//>`
}
