import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { StoredRecord } from '../../plugins/store/state-store.ts'
import { call } from '../helpers/app.ts'
import { connect, listen } from '../helpers/realtime.ts'
import { completionOf, measured, openFeed, progressOf, RUNS, startRun } from '../helpers/runs.ts'
import { until } from '../helpers/until.ts'
import type { Deploy } from './deployment.ts'

const typesOf = (messages: { type: string }[]) => messages.map(({ type }) => type)

/** What readers of the feed see, whichever instance they are connected to and whichever one takes the report. */
export function runFeedSuite(t: Test, deploy: Deploy): void {
  t.test('every reader is told of every change, once and in order', async (t) => {
    const { a, b, clock } = await deploy(t)
    const readers = await Promise.all([
      openFeed(t, a),
      openFeed(t, b, {}, '/v1/runs/events'),
      connect(t, a, '/v1/runs/ws'),
      connect(t, b, '/api/v1/tests/ws'),
    ])
    const { id, url, body, at } = await startRun(a, clock.now())
    await call(b, 'POST', `${RUNS}/start`, body)
    await call(b, 'POST', `${url}/progress`, progressOf(at + 2))
    await call(a, 'POST', `${url}/progress`, progressOf(at + 1, measured({ block: 1 })))
    await call(b, 'POST', `${RUNS}/keepalive`, body)
    await call(b, 'POST', `${url}/complete`, completionOf(at + 4, { success: false, error: 'no' }))
    await call(b, 'POST', `${url}/complete`, completionOf(at + 4, { success: false, error: 'no' }))
    for (const reader of readers) {
      await reader.until('test_complete')
      t.strictSame(typesOf(reader.messages), [
        'test_start',
        'test_progress',
        'test_progress',
        'test_complete',
      ])
      t.match(reader.messages, [
        {
          run_id: id,
          data: { network: 'hoodi', el_client: 'geth', cl_client: 'lighthouse', labels: body.labels },
        },
        { data: { block: 100 } },
        { data: { block: 100 } },
        { status: 'failed', data: { success: false, error: 'no', final_block: 500, final_slot: 600 } },
      ])
      const versions = reader.messages.map(({ version }) => version)
      t.strictSame(versions, [1, 2, 3, 5], 'a keepalive alone is no news')
      t.ok(reader.messages.every(({ timestamp }) => timestamp === new Date(timestamp).toISOString()))
    }
    t.ok(readers[0].messages.every(({ id, event_id, event }) => id === event_id && event === undefined))
  })

  t.test('readers are told that a run went stale and that it is back', async (t) => {
    const { a, b, clock } = await deploy(t)
    const reader = await openFeed(t, b)
    const { url, at } = await startRun(a, clock.now())
    clock.advance(10 * 60_000)
    t.match(await reader.until('test_stale'), { status: 'stale', data: { error: /10 minutes/ } })
    await call(a, 'POST', `${url}/progress`, progressOf(at + 3, measured({ block: 7 })))
    t.match(await reader.until('test_revived'), { status: 'running', version: 3 })
    t.match(await reader.until('test_progress'), { status: 'running', version: 4, data: { block: 7 } })
  })

  t.test('who comes back gets what followed, on another instance too; too late, a reset', async (t) => {
    const { a, b, clock } = await deploy(t, { RUN_FEED_EVENTS: 16 })
    const first = await openFeed(t, a)
    const { url, at } = await startRun(a, clock.now())
    const { event_id } = await first.until('test_start')
    first.request.destroy()
    const other = await openFeed(t, b)
    for (let i = 1; i <= 3; i++) await call(b, 'POST', `${url}/progress`, progressOf(at + i))
    await other.until(({ version }) => version === 4)
    for (const app of [a, b]) {
      const readers = [
        await openFeed(t, app, { 'last-event-id': event_id }),
        await openFeed(t, app, {}, `/v1/runs/events?last_event_id=${event_id}`),
        await connect(t, app, `/v1/runs/ws?last_event_id=${event_id}`),
      ]
      for (const reader of readers) {
        await reader.until(({ version }) => version === 4)
        t.strictSame(
          reader.messages.map(({ version }) => version),
          [2, 3, 4],
        )
      }
    }
    for (let i = 4; i <= 20; i++) await call(a, 'POST', `${url}/progress`, progressOf(at + i))
    await other.until(({ version }) => version === 21)
    const late = await openFeed(t, b, { 'last-event-id': event_id })
    const reset = await late.until('reset')
    t.match(reset, { event: 'reset', event_id: /-21-/ })
    const socket = await connect(t, b, `/v1/runs/ws?last_event_id=nonsense`)
    await socket.until('reset')
    await call(a, 'POST', `${url}/progress`, progressOf(at + 30))
    for (const reader of [late, socket]) {
      await reader.until(({ version }) => version === 22)
      t.equal(reader.messages.length, 2, 'and then what is new')
    }
  })

  t.test('a stream is one for every proxy and page, and is kept alive', async (t) => {
    const { a, clock } = await deploy(t, { CORS_ORIGIN: 'https://app.example' })
    const feed = await openFeed(t, a, { origin: 'https://app.example' })
    t.match(feed.response.headers, {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': 'https://app.example',
      'x-request-id': String,
    })
    clock.advance(15_000)
    await feed.seen.commented.promise
    t.equal((await call(a, 'GET', '/api/v1/events?stream=odd')).status, 400)
    t.equal((await call(a, 'HEAD', '/api/v1/events')).status, 200)
    await t.rejects(connect(t, a, '/v1/runs/ws', { origin: 'https://evil.example' }), /403/)
    t.equal((await call(a, 'GET', '/v1/runs/ws')).status, 404)
  })

  t.test('a socket that does not answer pings is ended, one that does goes on', async (t) => {
    const { a, clock } = await deploy(t)
    const alive = await connect(t, a, '/v1/runs/ws')
    const dead = await connect(t, a, '/v1/runs/ws', { autoPong: false })
    for (let beat = 0; beat < 2; beat++) {
      const pinged = once(alive.socket, 'ping')
      clock.advance(5000)
      await pinged
      // A round trip on another socket: the pong has come by then.
      await fetch(`http://${await listen(a)}/health`)
    }
    t.match(await dead.closed, { code: 1006 })
    t.equal(alive.socket.readyState, alive.socket.OPEN)
  })

  t.test('an address has a limited number of readers, and closing the server ends them', async (t) => {
    const { a } = await deploy(t, { SSE_MAX_STREAMS_PER_IP: 1, WS_MAX_SOCKETS_PER_IP: 1 })
    const feed = await openFeed(t, a)
    const socket = await connect(t, a, '/v1/runs/ws')
    t.equal((await openFeed(t, a)).response.statusCode, 429)
    await t.rejects(connect(t, a, '/v1/runs/ws'), /429/)
    await a.close()
    await feed.ended
    t.match(await socket.closed, { code: 1001 })
  })

  t.test('a reader that stalls is ended, and nobody else is held up', async (t) => {
    const { a, clock } = await deploy(t, { WS_MAX_BUFFERED_BYTES: 4 * 1024 * 1024 })
    const host = await listen(a)
    const port = Number(host.split(':')[1])
    const stalled = connectTcp({ port, host: '127.0.0.1' })
    stalled.on('error', () => {})
    t.teardown(() => stalled.destroy())
    await once(stalled, 'connect')
    stalled.pause()
    stalled.write(`GET /v1/runs/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    const socket = await connect(t, a, '/v1/runs/ws')
    socket.socket.pause()
    const reader = await openFeed(t, a)
    const { id } = await startRun(a, clock.now())
    const readers = () => a.runs.streams.size + a.runs.sockets.size
    while (readers() < 3) await call(a, 'GET', '/health')
    const last = await broadcastLarge(a, id, () => readers() > 1)
    await reader.until(({ version }) => version === last)
    t.equal(reader.messages.length, last, 'all of it')
    t.equal(readers(), 1)
  })

  t.test('a reader that lags for long is ended, however much it may leave unread', async (t) => {
    const { a, clock } = await deploy(t, { WS_MAX_BUFFERED_BYTES: 2 ** 30 })
    const stream = await openFeed(t, a)
    const socket = await connect(t, a, '/v1/runs/ws')
    const reader = await openFeed(t, a)
    const { id } = await startRun(a, clock.now())
    await Promise.all([stream.until('test_start'), socket.until('test_start')])
    stream.response.pause()
    socket.socket.pause()
    let left = 40
    const last = await broadcastLarge(a, id, () => left-- > 0)
    await reader.until(({ version }) => version === last)
    const readers = () => a.runs.streams.size + a.runs.sockets.size
    t.equal(readers(), 3)
    clock.advance(10_000)
    t.equal(readers(), 3, 'not at once')
    await until(
      () => {
        clock.advance(5000)
        return readers()
      },
      (left) => left === 1,
    )
    t.equal(reader.messages.length, last, 'whoever reads goes on')
  })

  t.test('who comes back for more than a reader may leave unread is not cut off by it', async (t) => {
    const { a, b, clock } = await deploy(t, { WS_MAX_BUFFERED_BYTES: 65_536 })
    const first = await openFeed(t, b)
    const { id } = await startRun(a, clock.now())
    const { event_id } = await first.until('test_start')
    let left = 12
    const last = await broadcastLarge(a, id, () => left-- > 0)
    await first.until(({ version }) => version === last)
    for (const reader of [
      await openFeed(t, b, { 'last-event-id': event_id }),
      await connect(t, b, `/v1/runs/ws?last_event_id=${event_id}`),
    ]) {
      await reader.until(({ version }) => version === last)
      t.strictSame(
        reader.messages.map(({ version }) => version),
        Array.from({ length: last - 1 }, (_, i) => i + 2),
      )
    }
  })
}

/** Commits a run again and again, with messages of half a megabyte, while `wanted`; answers its last version. */
async function broadcastLarge(app: FastifyInstance, id: string, wanted: () => boolean): Promise<number> {
  const key = { topic: 'runs', id }
  let record = (await app.store.read(key)) as StoredRecord
  while (wanted() && record.version < 1000) {
    const next: StoredRecord = { ...record, version: record.version + 1 }
    const { epoch, version } = next
    const message = { id: `${epoch}-${version}-${id}`, type: 'test_progress', run_id: id, version }
    await app.store.commit(key, {
      expect: record,
      next,
      version,
      events: [],
      deadline: null,
      lifetime_ms: 60_000,
      operation_id: randomUUID(),
      broadcast: JSON.stringify({ ...message, status: 'running', data: 'x'.repeat(500_000) }),
    })
    // Those who do read are given the time for it.
    for (let i = 0; i < 20; i++) await setImmediate()
    record = next
  }
  return record.version
}
