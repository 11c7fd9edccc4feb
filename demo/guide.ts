import type { Client } from '../sdk/index.ts'

/** What there is to see, for people: where, and what to try. */
export async function guide(client: Client): Promise<string> {
  const [{ sessions }, { tests }] = await Promise.all([
    client.sessions.list({ status: 'running' }),
    client.runs.list(),
  ])
  const chess = sessions.find(({ metadata }) => metadata?.kind === 'chess') ?? sessions[0]
  const geth = tests.filter(({ el_client }) => el_client === 'geth').map(({ run_id }) => run_id)
  const rows = [
    ['/', 'sessions: chess, an auction, an exam, a debate, talks, a relay'],
    [`/sessions/${chess?.session_id}`, 'one of them: pause it, and it waits for you'],
    [`/s/${chess?.session_id}`, 'the same for a wall or a phone'],
    ['/runs', 'sync runs; the stale one comes back in two minutes'],
    [
      `/runs/compare?ids=${geth.slice(0, 3).join()}`,
      'three syncs of one pair of clients, the baseline among them',
    ],
    ['/system', 'how the server itself is doing'],
    ['/docs', 'the API that all of this uses'],
  ]
  const lines = rows.map(([path, what]) => `  ${client.url}${path}\n      ${what}`)
  return ['', ...lines, '', 'Ctrl-C ends it; nothing is kept.'].join('\n')
}
