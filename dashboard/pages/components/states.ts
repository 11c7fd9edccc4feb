import { Badge, StatusBadge } from '../../components/badge.ts'
import { Button } from '../../components/button.ts'
import { Card } from '../../components/card.ts'
import { Empty, ErrorState, Skeleton } from '../../components/states.ts'
import { Verdict } from '../../components/verdict.ts'
import { SyncKairosError } from '../../lib/api.ts'
import { html } from '../../lib/html.ts'

const VERDICTS = ['pass', 'fail', 'pending', 'unknown']
const STATUSES = [
  'pending',
  'running',
  'paused',
  'expired',
  'completed',
  'finished',
  'cancelled',
  'failed',
  'stale',
]
const FAILURE = new SyncKairosError('unauthorised', 'UNAUTHORIZED', 'This token is not known', {
  status: 401,
  request_id: 'd8a8678a-d55f-4801-83d6-199b42fc040f',
})

export function States() {
  return html`<div class="grid">
    <${Card} title="StatusBadge, Badge, Verdict">
      <div class="row">
        ${STATUSES.map((status) => html`<${StatusBadge} key=${status} status=${status} />`)}
        ${VERDICTS.map((verdict) => html`<${Verdict} key=${verdict} verdict=${verdict} />`)}
        <${Badge} state="low" icon="hourglass">Low on time<//>
        <${Badge}>neutral<//>
      </div>
    <//>
    <${Card} title="Skeleton"><${Skeleton} lines=${4} /><//>
    <${Card} title="Empty">
      <${Empty} icon="clock" title="No sessions yet" text="A session is a set of clocks that everybody sees alike.">
        <${Button} kind="primary" icon="plus">New session<//>
      <//>
    <//>
    <${Card} title="ErrorState"><${ErrorState} error=${FAILURE} onRetry=${() => {}} /><//>
  </div>`
}
