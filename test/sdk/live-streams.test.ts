import t, { type Test } from 'tap'
import { createEndpoint } from '../../sdk/endpoint.ts'
import { createEventParser, type StreamEvent } from '../../sdk/event-source.ts'
import type { Closing } from '../../sdk/link.ts'
import { createStreamLink } from '../../sdk/stream-link.ts'
import { failure } from './fake-fetch.ts'
import { createFakeTime } from './fake-time.ts'
import { calm, createFakeStreams, idOf } from './live-fakes.ts'

const respond = ({ status, headers, body }: ReturnType<typeof failure>) =>
  Response.json(body, { status, headers: headers as Record<string, string> })

function setUp(t: Test) {
  const time = createFakeTime()
  const asked: string[] = []
  const polls = new Map<string, Response>()
  const fake = createFakeStreams(({ url, headers }) => {
    const path = new URL(url).pathname
    asked.push(`${path.split('/').at(-1)?.slice(-1)} ${headers.get('if-none-match') ?? ''}`.trim())
    return polls.get(path)?.clone() ?? respond(failure(404, 'SESSION_NOT_FOUND'))
  })
  const heard: string[] = []
  const closings: Closing[] = []
  const link = createStreamLink(
    { endpoint: createEndpoint('http://server.test', undefined), fetch: fake.fetch, time },
    {
      opened: () => void heard.push('opened'),
      message(message) {
        const { type, sessionId = '' } = message as { type: string; sessionId?: string }
        heard.push(`${sessionId.slice(-1)} ${type}`)
      },
      closed: (closing) => void closings.push(closing),
    },
  )
  t.teardown(link.close)
  const watch = (n: number) => link.watch(idOf(n))
  const pass = async (ms: number) => {
    time.advance(ms)
    await calm()
  }
  return { time, fake, link, watch, pass, heard, closings, asked, polls }
}

t.test('text that arrives in any pieces, with any line ends, is the same events', async (t) => {
  const lines = [
    ': hello',
    'id: 7',
    'event: reset',
    'data: one',
    'data:  two',
    'data',
    '',
    '',
    'data:3',
    'retry: 5',
    'id: a\0b',
    '',
    'id:',
    'data: x:y',
    'other: z',
    '',
    'data: unfinished',
  ]
  const expected = [
    { id: '7', event: 'reset', data: 'one\n two\n' },
    { id: '7', event: 'message', data: '3' },
    { id: '', event: 'message', data: 'x:y' },
  ]
  for (const end of ['\n', '\r\n', '\r']) {
    const text = lines.join(end)
    for (const size of [1, 2, 3, 7, text.length]) {
      const events: StreamEvent[] = []
      const parse = createEventParser((event) => void events.push(event))
      for (let at = 0; at < text.length; at += size) parse(text.slice(at, at + size))
      t.same(events, expected, `${JSON.stringify(end)} in pieces of ${size}`)
    }
  }
})

t.test('four sessions have a stream each, more take turns', async (t) => {
  const { watch, pass, fake, asked, polls, heard, link } = setUp(t)
  polls.set(`/v1/sessions/${idOf(5)}`, Response.json({ data: { version: 3 } }, { headers: { etag: '"e"' } }))
  for (let n = 1; n <= 7; n++) watch(n)
  await pass(0)
  t.equal(fake.streams.length, 4)
  for (let i = 0; i < 3; i++) await pass(50)
  t.same(asked, ['5', '6', '7'], 'the first time at once')
  t.same(heard, ['opened', '5 STATE_SYNC', '6 ERROR', '7 ERROR'])
  polls.set(`/v1/sessions/${idOf(5)}`, new Response(null, { status: 304 }))
  for (let i = 0; i < 3; i++) await pass(1000)
  t.same(asked.slice(3), ['5 "e"', '6', '7'], 'then one in a second')
  link.unwatch(idOf(1))
  await pass(0)
  t.equal(fake.streams.length, 5)
  t.equal(fake.streams[4]?.path, `/v1/sessions/${idOf(5)}/events`, 'who is next gets the stream')
  for (const n of [5, 6, 7]) link.unwatch(idOf(n))
  const before = asked.length
  await pass(5000)
  t.equal(asked.length, before, 'and nobody is left to take turns')
})

t.test('a session that is not there, or not any more, is looked for again', async (t) => {
  const { watch, pass, fake, heard, closings } = setUp(t)
  fake.state.refusal = respond(failure(404, 'SESSION_NOT_FOUND'))
  watch(1)
  await pass(0)
  t.same(heard, ['opened', '1 ERROR'])
  fake.state.refusal = null
  await pass(5000)
  fake.streams[0]?.say({ type: 'STATE_SYNC', sessionId: idOf(1) })
  fake.streams[0]?.say({ type: 'SESSION_DELETED', sessionId: idOf(1) })
  fake.streams[0]?.end()
  await calm()
  t.same(heard.slice(2), ['1 STATE_SYNC', '1 SESSION_DELETED'])
  t.equal(fake.streams.length, 1)
  await pass(5000)
  t.equal(fake.streams.length, 2)
  t.same(closings, [])
})

t.test('a stream that ends, breaks or falls silent is the end of the link', async (t) => {
  const rows: [string, (set: ReturnType<typeof setUp>) => unknown, Closing][] = [
    ['it ends', ({ fake }) => fake.streams[0]?.end(), { code: 'CLOSED' }],
    ['it breaks', ({ fake }) => fake.streams[0]?.fail(), { code: 'CONNECTION_FAILED' }],
    ['it says nonsense', ({ fake }) => fake.streams[0]?.say(undefined), { code: 'CONNECTION_FAILED' }],
    ['it is silent', ({ time }) => time.advance(25_000), { code: 'SILENT' }],
  ]
  for (const [what, happen, expected] of rows) {
    const set = setUp(t)
    set.watch(1)
    set.watch(2)
    await set.pass(0)
    set.fake.streams[0]?.comment()
    await calm()
    happen(set)
    await calm()
    t.same(set.closings, [expected], what)
    await set.pass(60_000)
    t.equal(set.closings.length, 1)
    t.equal(set.time.waiting, 0)
  }
})

t.test('a refusal is the end, and says how long to stay away', async (t) => {
  const rows: [Response, Partial<Closing>][] = [
    [
      respond(failure(429, 'RATE_LIMIT_EXCEEDED', { retry_after: '7' })),
      { code: 'RATE_LIMIT_EXCEEDED', after_ms: 7000, denied: false },
    ],
    [respond(failure(503, 'STORE_UNAVAILABLE')), { code: 'STORE_UNAVAILABLE', denied: false }],
    [respond(failure(403, 'FORBIDDEN')), { code: 'FORBIDDEN', denied: true }],
    [new Response('<html>', { status: 404 }), { code: 'HTTP_404', denied: false }],
  ]
  for (const [refusal, expected] of rows) {
    const { watch, pass, fake, closings, heard } = setUp(t)
    fake.state.refusal = refusal
    watch(1)
    await pass(0)
    t.match(closings, [expected])
    t.same(heard, [])
  }
})

t.test('comments keep a stream alive, and after a sleep it has to show one soon', async (t) => {
  const { watch, pass, fake, link, closings } = setUp(t)
  watch(1)
  await pass(0)
  for (let i = 0; i < 10; i++) {
    fake.streams[0]?.comment()
    await calm()
    await pass(20_000)
  }
  fake.streams[0]?.comment()
  await calm()
  await pass(5000)
  link.probe()
  await pass(0)
  await pass(11_900)
  t.same(closings, [])
  await pass(100)
  t.same(closings, [{ code: 'SILENT' }])
})

t.test('an answer that does not come is waited for no longer than 10 s', async (t) => {
  const time = createFakeTime()
  const closings: Closing[] = []
  const link = createStreamLink(
    { endpoint: createEndpoint('http://server.test', undefined), fetch: () => new Promise(() => {}), time },
    { opened() {}, message() {}, closed: (closing) => void closings.push(closing) },
  )
  link.watch(idOf(1))
  time.advance(10_000)
  t.same(closings, [{ code: 'SILENT' }])
})

t.test('the state of a session can be asked for again, on its stream or at its turn', async (t) => {
  const { watch, pass, fake, asked } = setUp(t)
  for (let n = 1; n <= 5; n++) watch(n)
  await pass(0)
  watch(2)
  await pass(50)
  t.equal(fake.streams.length, 5)
  t.equal(fake.streams[4]?.path, `/v1/sessions/${idOf(2)}/events`)
  watch(5)
  await pass(1000)
  t.same(asked, ['5', '5'])
})
