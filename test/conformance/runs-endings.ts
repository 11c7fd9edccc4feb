import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { createRedisKeys } from '../../plugins/store/redis-keys.ts'
import { call } from '../helpers/app.ts'
import { completionOf, progressOf, RUNS, startRun } from '../helpers/runs.ts'
import type { Deploy } from './deployment.ts'
import { eventually } from './runs.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How long Redis still keeps a record, in ms; null where the store goes by the clock of the test. */
async function keptFor({ redis }: FastifyInstance, topic: string, id: string): Promise<number | null> {
  return redis ? redis.commands.pttl(createRedisKeys(redis.prefix).record({ topic, id })) : null
}

/** What ends a run beside its reporter, and when it goes. */
export function runEndingsSuite(t: Test, deploy: Deploy): void {
  t.test('a keepalive revives a stale run, and so does its start', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, body, at } = await startRun(a, clock.now())
    for (const path of ['keepalive', 'start']) {
      clock.advance(10 * MINUTE)
      await eventually(b, url, ({ status }) => status === 'stale')
      t.equal((await call(b, 'POST', `${RUNS}/${path}`, body)).status, 200)
      t.match((await call(a, 'GET', url)).body.data, {
        status: 'running',
        error: null,
        start_time: new Date(at * 1000).toISOString(),
        last_update: new Date(clock.now()).toISOString(),
      })
    }
  })

  t.test('what is repeated keeps a run from going stale, and is one report all the same', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, body, at } = await startRun(a, clock.now())
    await call(a, 'POST', `${url}/progress`, progressOf(at + 1))
    for (const again of [
      () => call(b, 'POST', `${url}/progress`, progressOf(at + 1)),
      () => call(b, 'POST', `${RUNS}/start`, body),
    ]) {
      clock.advance(9 * MINUTE)
      t.equal((await again()).status, 200)
    }
    clock.advance(9 * MINUTE)
    const run = (await call(a, 'GET', url)).body.data
    t.match(run, { status: 'running', last_update: new Date(clock.now() - 9 * MINUTE).toISOString() })
    t.equal(run.progress_history.length, 1)
  })

  t.test('a run that timed out may be told to have failed, not to have succeeded', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now(), { run_timeout: 300 })
    clock.advance(5 * MINUTE)
    await eventually(b, url, ({ status }) => status === 'failed')
    t.match(await call(a, 'POST', `${url}/complete`, completionOf(at + 299)), {
      status: 409,
      body: { error: { message: /run_timeout of 300 s/ } },
    })
    const failure = completionOf(at + 299, { success: false, error: 'timeout' })
    t.equal((await call(b, 'POST', `${url}/complete`, failure)).status, 200)
    t.match((await call(a, 'GET', url)).body.data, {
      status: 'failed',
      error: 'timeout',
      final_block: 500,
      end_time: new Date((at + 299) * 1000).toISOString(),
    })
    t.equal((await call(a, 'POST', `${url}/complete`, failure)).status, 200)
    t.equal((await call(a, 'POST', `${url}/complete`, { ...failure, error: 'other' })).status, 409)
  })

  t.test('run_timeout finds a run that has gone stale, too', async (t) => {
    const { a, b, clock } = await deploy(t)
    const { url, at } = await startRun(a, clock.now(), { run_timeout: 1800 })
    clock.advance(10 * MINUTE)
    await eventually(a, url, ({ status }) => status === 'stale')
    clock.advance(20 * MINUTE)
    const failed = await eventually(b, url, ({ status }) => {
      // Its deadline may have been set only after it was due.
      clock.advance(1000)
      return status === 'failed'
    })
    t.match(failed, {
      success: false,
      error: /1800 s/,
      end_time: new Date((at + 1800) * 1000).toISOString(),
    })
  })

  t.test(
    'a finished run goes after its retention, with its history; a running one never for its age',
    async (t) => {
      const { a, b, clock } = await deploy(t, { RUN_RETENTION_HOURS: 1 })
      const running = await startRun(a, clock.now())
      const finished = await startRun(a, clock.now())
      for (let i = 0; i < 40; i++) {
        for (const { url, at } of [running, finished])
          await call(b, 'POST', `${url}/progress`, progressOf(at + i))
      }
      await call(a, 'POST', `${finished.url}/complete`, completionOf(finished.at + 40))
      const points = async (url: string) => (await call(b, 'GET', url)).body.data?.progress_history.length
      t.equal(await points(finished.url), 40)

      const kept = await keptFor(a, 'runs', finished.id)
      if (kept !== null) {
        t.ok(kept > HOUR - MINUTE && kept <= HOUR, `${kept} ms`)
        t.ok(
          ((await keptFor(a, 'run-history', finished.id)) ?? 0) > kept,
          'its history does not go before it',
        )
        t.ok(((await keptFor(a, 'runs', running.id)) ?? 0) > 300 * 24 * HOUR)
        t.ok(((await keptFor(a, 'run-history', running.id)) ?? 0) > 300 * 24 * HOUR)
        return
      }
      for (let minutes = 0; minutes < 180; minutes += 9) {
        t.equal(await points(finished.url), minutes < 60 ? 40 : undefined, `after ${minutes} minutes`)
        clock.advance(9 * MINUTE)
        t.equal((await call(a, 'POST', `${RUNS}/keepalive`, running.body)).status, 200)
      }
      t.equal((await call(b, 'GET', finished.url)).status, 404)
      t.strictSame(
        (await call(b, 'GET', RUNS)).body.data.tests.map(({ run_id }: { run_id: string }) => run_id),
        [running.id],
      )
      t.equal(await points(running.url), 40)
    },
  )
}
