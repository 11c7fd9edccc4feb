import { FormatRegistry } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { RunDetailSchema, RunListSchema } from '../../../schemas/run.ts'
import { BaselineSchema, ComparisonSchema } from '../../../schemas/run-comparison.ts'
import { build, call } from '../../helpers/app.ts'
import { completionOf, measured, progressOf, startRun } from '../../helpers/runs.ts'

FormatRegistry.Set('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text))

t.test('answers are what the documentation says', async (t) => {
  const app = await build(t)
  const runs = await Promise.all([1, 2].map(() => startRun(app, Date.now() - 5000)))
  const [one, two] = runs
  if (!one || !two) return
  await call(app, 'POST', `${one.url}/progress`, progressOf(one.at, measured({ other: -1.5 })))
  await call(app, 'POST', `${two.url}/complete`, completionOf(two.at))
  const documented = (await call(app, 'GET', '/docs/json')).body.paths
  for (const [path, route, schema] of [
    ['/v1/runs', '/v1/runs/', RunListSchema],
    [one.url, '/v1/runs/{run_id}', RunDetailSchema],
    [two.url, '/v1/runs/{run_id}', RunDetailSchema],
    [`/v1/runs/compare?ids=${one.id},${two.id}`, '/v1/runs/compare', ComparisonSchema],
    [`${two.url}/baseline?against=${one.id}`, '/v1/runs/{run_id}/baseline', BaselineSchema],
  ] as const) {
    const { status, body } = await call(app, 'GET', path)
    t.equal(status, 200, path)
    t.strictSame([...Value.Errors(schema, body.data)], [], path)
    const paths = [route, route.replace('/v1/runs', '/api/v1/tests')]
    for (const each of paths) t.ok(documented[each] ?? documented[each.replace(/\/$/, '')], each)
  }
})
