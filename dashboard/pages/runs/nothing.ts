import { Button } from '../../components/button.ts'
import { CopyButton } from '../../components/copy-button.ts'
import { Empty } from '../../components/states.ts'
import { client } from '../../lib/api.ts'
import { html } from '../../lib/html.ts'

const sync = (server: string) =>
  `npx synckairos sync --el-rpc http://127.0.0.1:8545 --cl-api http://127.0.0.1:5052 --network hoodi --server ${server}`

const report = (server: string) =>
  `npx synckairos report --server ${server} --run-id nightly-7 -- ./long-job.sh`

/** No run has been reported yet: how one is. */
export function Nothing() {
  const ways: [title: string, command: string][] = [
    ['Two clients that sync', sync(client.url)],
    ['Any other long job', report(client.url)],
  ]
  return html`<div class="card nothing">
    <${Empty} icon="chart" title="No runs yet" text="A run is a long job that tells how far it is: an Ethereum node that syncs, a migration, a training. Report one, and it appears here by itself." />
    <dl class="ways">
      ${ways.map(
        ([title, command]) => html`<div key=${title}>
        <dt>${title}</dt>
        <dd><pre tabindex="0" aria-label=${title}><code>${command}</code></pre><${CopyButton} kind="plain" text=${command} label=${`Copy: ${title}`} /></dd>
      </div>`,
      )}
    </dl>
    <p class="muted small">Finished runs stay for 24 hours, unless the server is told otherwise. Older ones are in the audit log.</p>
  </div>`
}

/** Filters that nothing fits. */
export function NothingFound({ onClear }: { onClear(): void }) {
  return html`<${Empty} icon="search" title="No run matches" text="Try fewer letters, or another choice.">
    <${Button} onClick=${onClear}>Show all<//>
  <//>`
}
