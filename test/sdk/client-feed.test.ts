import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { ClientOptions, Connection, RunEvent } from '../../sdk/index.ts'
import { type Deploy, onEmbedded, onRedis } from '../conformance/deployment.ts'
import { redisForTest } from '../helpers/backends.ts'
import { gateTo } from '../helpers/gate.ts'
import { createInbox, listen } from '../helpers/realtime.ts'
import { completionOf, newRun, progressOf } from '../helpers/runs.ts'
import { clientOf } from './client-suite.ts'

type Told = RunEvent | { type: 'reset' } | (Connection & { type: 'connection' })

async function watchFeed(t: Test, app: FastifyInstance, options: ClientOptions = {}) {
  const client = await clientOf(t, app, options)
  const inbox = createInbox()
  const add = (message: Told) => inbox.add(message)
  client.runs.watch({
    event: add,
    reset: () => add({ type: 'reset' }),
    connection: (connection) => add({ type: 'connection', ...connection }),
  })
  const live = () => inbox.until((each: Told) => each.type === 'connection' && each.status === 'live')
  return { client, until: inbox.until, live }
}

function feedSuite(t: Test, deploy: Deploy): void {
  for (const transport of ['websocket', 'sse'] as const) {
    const options: ClientOptions = transport === 'websocket' ? {} : { WebSocket: NoSocket }

    t.test(`what happens to runs is told over ${transport}, also what was missed`, async (t) => {
      const { a, b, clock } = await deploy(t, { AUTH_TOKENS: 'secret', AUTH_READS: 1 })
      const gate = await gateTo(t, `http://${await listen(a)}`)
      const reporter = await clientOf(t, b, { token: 'secret' })
      const feed = await watchFeed(t, a, { ...options, url: gate.url, token: 'secret' })
      t.match(await feed.live(), { transport })
      await feed.until('reset')
      const body = newRun(clock.now())
      const { run_id, timestamp } = body
      await reporter.runs.start(body)
      t.match(await feed.until('test_start'), { run_id, status: 'running', data: { network: 'hoodi' } })

      await gate.shut()
      await feed.until((each) => each.status === 'offline')
      await reporter.runs.progress(run_id, progressOf(timestamp, { block: 7 }))
      await gate.open()
      await feed.live()
      t.match(await feed.until('test_progress'), { run_id, data: { block: 7 } })
      await reporter.runs.complete(run_id, completionOf(timestamp))
      t.match(await feed.until('test_complete'), { run_id, status: 'finished', data: { success: true } })
    })
  }

  t.test('after events that are not kept any more the list is to be read again', async (t) => {
    const { a, b, clock } = await deploy(t, { RUN_FEED_EVENTS: 1 } as object)
    const gate = await gateTo(t, `http://${await listen(a)}`)
    const reporter = await clientOf(t, b)
    const feed = await watchFeed(t, a, { url: gate.url })
    await feed.until('reset')
    await reporter.runs.start(newRun(clock.now()))
    await feed.until('test_start')
    await gate.shut()
    for (let i = 0; i < 3; i++) await reporter.runs.start(newRun(clock.now()))
    await gate.open()
    await feed.until('reset')
    const last = newRun(clock.now())
    await reporter.runs.start(last)
    // Of the three before it some may still be on their way between the instances.
    let started = await feed.until('test_start')
    for (let i = 0; i < 3 && started.run_id !== last.run_id; i++) started = await feed.until('test_start')
    t.match(started, { run_id: last.run_id })
  })
}

/** As in a page behind a proxy that lets no WebSocket through. */
const NoSocket = class {
  constructor() {
    throw new Error('no sockets here')
  }
} as unknown as typeof WebSocket

t.test('embedded', async (t) => feedSuite(t, onEmbedded))
if (await redisForTest(t)) t.test('Redis', async (t) => feedSuite(t, onRedis))

t.test('without the right token nothing is told, but tried on', async (t) => {
  const { a } = await onEmbedded(t, { AUTH_TOKENS: 'secret', AUTH_READS: 1 })
  const feed = await watchFeed(t, a, { WebSocket: NoSocket, token: 'wrong' })
  t.match(await feed.until((each) => each.code === 'UNAUTHORIZED'), { status: 'offline' })
  t.match(await feed.until((each) => each.code === 'UNAUTHORIZED'), { attempt: Number })
})
