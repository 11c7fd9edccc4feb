import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { ConfigSchema } from '../../app.ts'
import { build, call } from '../helpers/app.ts'
import { postgresForTest } from '../helpers/backends.ts'
import { missing } from '../helpers/not-run.ts'
import { watch } from '../helpers/realtime.ts'
import { newRun, progressOf } from '../helpers/runs.ts'
import { findProgram } from '../helpers/servers.ts'
import { startSession } from '../helpers/sessions.ts'
import { DEPLOY, type Document, readDeploy, readManifests, readYaml } from './documents.ts'
import { exported, labelsOf, metricsOf } from './promql.ts'

type Alert = {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: Record<string, string>
}
type Panel = {
  id: number
  title: string
  datasource: { uid: string }
  gridPos: { x: number; y: number; w: number; h: number }
  targets: { refId: string; expr: string; legendFormat: string }[]
}

const FOLDER = join(DEPLOY, 'prometheus')
const alerts: Alert[] = readYaml('prometheus/alerts.yml').groups.flatMap(({ rules }: Document) => rules)
const { panels }: { panels: Panel[] } = JSON.parse(readDeploy('grafana/synckairos.json'))
const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const operations = readFileSync(join(DEPLOY, '../docs/operations.md'), 'utf8')
const runbook = [...operations.matchAll(/^### (SyncKairos\w+)$/gm)].map(([, name = '']) => name)

/** What Prometheus adds to what is scraped. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['job', 'instance'] }

/** promtool, on files of deploy/prometheus; null and a notice where it is not installed. */
function promtool(t: Test) {
  const program = findProgram('promtool')
  if (!program) return missing(t, 'promtool', 'install prometheus')
  return (...args: string[]) => promisify(execFile)(program, args, { cwd: FOLDER })
}

/** The metrics of a server on which a little of everything has happened. */
async function exercise(t: Test): Promise<Map<string, Set<string>> | null> {
  const postgres = await postgresForTest(t)
  if (!postgres) return null
  const app = await build(t, {
    PERSISTENCE: 'on',
    DATABASE_URL: postgres.url,
    DATABASE_SCHEMA: postgres.schema,
  })
  const { url, id } = await startSession(app, {
    totals: [1000, 60_000],
    action_on_timeout: { type: 'skip_cycle' },
  })
  const socket = await watch(t, app, id)
  await call(app, 'POST', `${url}/switch`)
  await socket.roundTrip()
  const run = newRun(Date.now())
  await call(app, 'POST', '/v1/runs/start', run)
  await call(app, 'POST', `/v1/runs/${run.run_id}/progress`, progressOf(run.timestamp))
  await call(app, 'GET', '/ready')
  await call(app, 'GET', `${url}/history?min_version=3`)
  return exported((await call(app, 'GET', '/metrics')).body)
}

t.test('the metrics and labels of an expression are found', async (t) => {
  const expression =
    'sum by (le, a) (rate(x_bucket{b="y",c=~"z{"}[5m])) / max(up offset 8m) > 0.8 and on (d) w_total == 1'
  t.same(metricsOf(expression), ['x_bucket', 'up', 'w_total'])
  t.same(labelsOf(expression).sort(), ['a', 'b', 'c', 'd', 'le'])
  const exposition =
    '# HELP x X\n# TYPE x histogram\n# TYPE n counter\nx_bucket{le="1",a="}"} 1\nx_sum{a="}"} 2\n'
  t.same(
    [...exported(exposition)].map(([name, labels]) => `${name} ${[...labels].sort()}`),
    ['x_bucket a,le', 'x_sum a', 'x_count ', 'n '],
  )
})

t.test('every alert is well-formed, fires when it should, and does not when all is well', async (t) => {
  const run = promtool(t)
  if (!run) return
  t.match((await run('check', 'rules', 'alerts.yml')).stdout, `${alerts.length} rules found`)
  t.match((await run('test', 'rules', 'alerts.test.yml')).stdout, 'SUCCESS')
  const cases = readYaml('prometheus/alerts.test.yml').tests.flatMap(
    ({ alert_rule_test }: Document) => alert_rule_test,
  )
  for (const { alert } of alerts) {
    const expected = cases.filter((each: Document) => each.alertname === alert)
    t.ok(
      expected.some(({ exp_alerts }: Document) => exp_alerts.length > 0),
      `${alert} is seen to fire`,
    )
    t.ok(
      expected.some(({ exp_alerts }: Document) => exp_alerts.length === 0),
      `${alert} is seen to be silent`,
    )
  }
})

t.test('every query of the dashboard is PromQL', async (t) => {
  const run = promtool(t)
  if (!run) return
  const rules = queries.map((expr, i) => ({
    record: `query_${i}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }))
  const folder = t.testdir({ 'queries.yml': stringify({ groups: [{ name: 'queries', rules }] }) })
  t.match((await run('check', 'rules', join(folder, 'queries.yml'))).stdout, `${rules.length} rules found`)
})

t.test('what alerts and dashboard ask for, the server exports', async (t) => {
  const metrics = await exercise(t)
  if (!metrics) return
  for (const expression of [...alerts.map(({ expr }) => expr), ...queries]) {
    const labels = new Set(OF_PROMETHEUS.labels)
    for (const name of metricsOf(expression)) {
      if (OF_PROMETHEUS.metrics.includes(name)) continue
      if (!metrics.has(name)) t.fail(`${name} is not exported: ${expression}`)
      for (const label of metrics.get(name) ?? []) labels.add(label)
    }
    // Without a failure the store's counter of failures has no sample.
    if (expression.includes('synckairos_store_errors_total')) labels.add('operation')
    const unknown = labelsOf(expression).filter((label) => !labels.has(label))
    t.same(unknown, [], expression)
  }
  for (const [, name = ''] of operations.matchAll(/`(synckairos_\w+)`/g)) {
    t.ok(
      [...metrics.keys()].some((key) => key === name || key === `${name}_bucket`),
      name,
    )
  }
})

t.test('the panels of the dashboard stand side by side, and are told apart', async (t) => {
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  )
  t.equal(new Set(cells).size, cells.length, 'none lies on another')
  t.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24))
  for (const { title, datasource, targets } of panels) {
    t.equal(datasource.uid, `\${datasource}`, title)
    t.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length)
    t.equal(new Set(targets.map(({ legendFormat }) => legendFormat)).size, targets.length)
  }
})

t.test('every alert has its section in the runbook, and every section its alert', async (t) => {
  t.same(
    runbook,
    alerts.map(({ alert }) => alert),
  )
  for (const { alert, labels, annotations } of alerts) {
    t.match(labels.severity, /^(critical|warning|info)$/, alert)
    t.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`)
    t.match(annotations.summary, /\w/)
  }
})

t.test('docs/operations.md names settings and errors that exist', async (t) => {
  const sources = globSync('{plugins,engine}/**/*.ts', { cwd: join(DEPLOY, '..') })
  const code = sources.map((path) => readFileSync(join(DEPLOY, '..', path), 'utf8')).join()
  const named = [...operations.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)]
  t.ok(named.length > 5)
  for (const name of new Set(named.map(([, name = '']) => name))) {
    t.ok(name in ConfigSchema.properties || code.includes(`'${name}'`), name)
  }
})

t.test('the alert on memory is about the memory that the instances have', async (t) => {
  const [container] = readManifests().Deployment.spec.template.spec.containers
  const [, megabytes] = /^(\d+)Mi$/.exec(container.resources.limits.memory) ?? []
  t.equal(readYaml('compose.yml').services['synckairos-1'].deploy.resources.limits.memory, `${megabytes}M`)
  const { expr } = alerts.find(({ alert }) => alert === 'SyncKairosMemory') as Alert
  t.match(expr, `> 0.8 * ${megabytes} * 1024 * 1024`)
})
