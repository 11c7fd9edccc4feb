import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { COMMENT_INTERVAL_MS } from '../../../plugins/http/event-stream.ts'
import { HEARTBEAT_MS } from '../../../plugins/realtime/sockets.ts'
import { build, call } from '../../helpers/app.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { openEvents, watch } from '../../helpers/realtime.ts'
import { startSession } from '../../helpers/sessions.ts'

const SLOW_READER_TIMEOUT_MS = 10_000

/** Of 300 KB each: more than the kernel's buffers between two sockets of one machine take. */
const CHANGES = 35

async function setUp(t: Test) {
  const clock = createFakeClock()
  const app = await build(t, { SLOW_READER_TIMEOUT_MS }, { clock })
  const session = await startSession(app, { totals: Array(1000).fill(86_400_000) })
  return { app, clock, ...session }
}

async function change(app: FastifyInstance, url: string, times = CHANGES): Promise<number> {
  let version = 0
  for (let i = 0; i < times; i++) version = (await call(app, 'POST', `${url}/switch`)).body.data.version
  return version
}

async function slowReaders(app: FastifyInstance): Promise<number> {
  const { body } = await call(app, 'GET', '/metrics')
  return Number(/^synckairos_realtime_slow_readers_total (\d+)$/m.exec(body)?.[1])
}

function assertRising(t: Test, versions: number[]) {
  t.ok(
    versions.every((version, i) => i === 0 || version > (versions[i - 1] ?? 0)),
    'versions rise strictly',
  )
}

t.test('a socket that lags behind gets the newest state when it reads on; others miss nothing', async (t) => {
  const { app, id, url } = await setUp(t)
  const [reader, slow] = [await watch(t, app, id), await watch(t, app, id)]
  await Promise.all([reader.until('STATE_SYNC'), slow.until('STATE_SYNC')])
  slow.socket.pause()
  const newest = await change(app, url)
  await reader.until(({ version }) => version === newest)
  t.equal(reader.versions.length, CHANGES + 1, 'the reader that keeps up has every version')
  slow.socket.resume()
  await slow.until(({ version }) => version === newest)
  t.ok(slow.versions.length < CHANGES, `the slow one has ${slow.versions.length} of ${CHANGES + 1}`)
  assertRising(t, slow.versions)
  await slow.roundTrip()
  await change(app, url, 1)
  await slow.until(({ version }) => version === newest + 1)
})

t.test('a socket that lags for too long is closed with 4008; others do not notice', async (t) => {
  const { app, clock, id, url } = await setUp(t)
  const [reader, slow] = [await watch(t, app, id), await watch(t, app, id)]
  await slow.until('STATE_SYNC')
  slow.socket.pause()
  const newest = await change(app, url)
  await reader.until(({ version }) => version === newest)
  // It is looked at once in each period, somewhere in it.
  for (let passed = 0; passed <= SLOW_READER_TIMEOUT_MS; passed += HEARTBEAT_MS) {
    t.equal(await slowReaders(app), 0)
    clock.advance(HEARTBEAT_MS)
    await reader.roundTrip()
    await reader.roundTrip()
  }
  t.equal(await slowReaders(app), 1)
  slow.socket.resume()
  t.strictSame(await slow.closed, { code: 4008, reason: 'Slow reader' })
  t.equal(reader.socket.readyState, reader.socket.OPEN)
  assertRising(t, slow.versions)
})

t.test('a socket that asks and never reads is closed once too much is waiting for it', async (t) => {
  const clock = createFakeClock()
  const app = await build(t, { WS_MAX_MESSAGES_PER_SECOND: 0, WS_MAX_BUFFERED_BYTES: 65_536 }, { clock })
  const { id } = await startSession(app)
  const [reader, greedy] = [await watch(t, app, id), await watch(t, app, id)]
  greedy.socket.pause()
  const question = JSON.stringify({ type: 'x'.repeat(100) })
  while ((await slowReaders(app)) === 0) {
    for (let i = 0; i < 2000; i++) greedy.socket.send(question)
    await reader.roundTrip()
  }
  greedy.socket.resume()
  t.equal((await greedy.closed).code, 4008)
  await reader.roundTrip()
})

t.test('an event stream that lags behind gets the newest state when it reads on', async (t) => {
  const { app, id, url } = await setUp(t)
  const [reader, slow] = [await openEvents(t, app, id), await openEvents(t, app, id)]
  await Promise.all([reader.until('STATE_SYNC'), slow.until('STATE_SYNC')])
  slow.response.pause()
  const newest = await change(app, url)
  await reader.until(({ version }) => version === newest)
  t.equal(reader.versions.length, CHANGES + 1)
  slow.response.resume()
  await slow.until(({ version }) => version === newest)
  t.ok(slow.versions.length < CHANGES, `the slow one has ${slow.versions.length} of ${CHANGES + 1}`)
  assertRising(t, slow.versions)
})

t.test('an event stream that lags for too long is ended', async (t) => {
  const { app, clock, id, url } = await setUp(t)
  const [reader, slow] = [await openEvents(t, app, id), await openEvents(t, app, id)]
  await slow.until('STATE_SYNC')
  slow.response.pause()
  const last = await change(app, url)
  await reader.until(({ version }) => version === last)
  clock.advance(SLOW_READER_TIMEOUT_MS + COMMENT_INTERVAL_MS)
  t.equal(await slowReaders(app), 1)
  slow.response.resume()
  await slow.ended
  t.equal(app.realtime.streams.size, 1)
  const newest = await change(app, url, 1)
  await reader.until(({ version }) => version === newest)
})

t.test('shutdown does not wait for a reader that does not read', async (t) => {
  const { app, id, url } = await setUp(t)
  const [socket, stream] = [await watch(t, app, id), await openEvents(t, app, id)]
  socket.socket.pause()
  stream.response.pause()
  await change(app, url)
  await app.close()
  t.equal(app.realtime.sockets.size + app.realtime.streams.size, 0)
})
