import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import clockPlugin from '../../plugins/clock.ts'
import deadlines from '../../plugins/deadlines.ts'
import errors from '../../plugins/errors.ts'
import metrics from '../../plugins/metrics.ts'
import type { Due } from '../../plugins/store/state-store.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'

/** An instance that shares its deadlines with others: `due` is what stands in the store. */
async function setUp(t: Test) {
  const clock = createFakeClock()
  const due: Due[] = []
  const handled: [id: string, late_ms: number][] = []
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(clockPlugin, { clock })
  await app.register(errors)
  await app.register(metrics)
  const store = { due: async (until: number) => due.filter(({ deadline }) => deadline <= until) }
  await app.register(fp(async (app) => void app.decorate('store', store as never), { name: 'store' }))
  await app.register(deadlines)
  app.deadlines.handle('things', async (id, deadline) => {
    handled.push([id, clock.now() - deadline])
    const index = due.findIndex(({ key }) => key.id === id)
    if (index >= 0) due.splice(index, 1)
  })
  await app.ready()
  /** Time goes on, and what it sets off comes to its end. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  /** Another instance has committed a deadline, so many ms from now. */
  const commitElsewhere = (id: string, in_ms: number) =>
    due.push({ key: { topic: 'things', id }, deadline: clock.now() + in_ms })
  return { app, clock, handled, pass, commitElsewhere }
}

t.test('what an instance has set itself it handles in time, and once', async (t) => {
  const { app, clock, handled, pass, commitElsewhere } = await setUp(t)
  commitElsewhere('own', 1000)
  app.deadlines.arm({ topic: 'things', id: 'own' }, clock.now() + 1000)
  await pass(2000)
  t.strictSame(handled, [['own', 0]])
})

t.test('what others have set is theirs for a while, then anybody handles it', async (t) => {
  const { handled, pass, commitElsewhere } = await setUp(t)
  commitElsewhere('orphan', 1000)
  await pass(1050)
  t.strictSame(handled, [])
  await pass(200)
  t.equal(handled.length, 1)
  t.ok((handled[0]?.[1] ?? 0) <= 200)
})

t.test('a timer for what is no longer so hides nothing that is due earlier', async (t) => {
  const { app, clock, handled, pass, commitElsewhere } = await setUp(t)
  app.deadlines.arm({ topic: 'things', id: 'moved' }, clock.now() + 60_000)
  commitElsewhere('moved', 1000)
  await pass(1250)
  t.equal(handled.length, 1)
})

t.test('what fails is tried again after a second, not before', async (t) => {
  const { app, clock, pass } = await setUp(t)
  const tries: number[] = []
  const began = clock.now()
  app.deadlines.handle('others', async () => {
    tries.push(clock.now() - began)
    if (tries.length < 3) throw new Error('not now')
  })
  app.deadlines.arm({ topic: 'others', id: 'a' }, began + 100)
  await pass(4000)
  t.strictSame(tries, [100, 1100, 2100])
})
