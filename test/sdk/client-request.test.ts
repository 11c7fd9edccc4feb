import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { createEndpoint, segment } from '../../sdk/endpoint.ts'
import { type ErrorKind, SyncKairosError } from '../../sdk/errors.ts'
import { type Call, createRequester, type RequesterOptions } from '../../sdk/request.ts'
import { createFakeFetch, type Fate, failure, refused } from './fake-fetch.ts'
import { createFakeTime } from './fake-time.ts'

const CHANGE: Call = { method: 'POST', path: '/v1/x', body: { a: 1 }, once: true }
const READ: Call = { method: 'GET', path: '/v1/x' }
const done = { body: { data: 'done' } }

/** A requester on fake time, against answers that were thought up. */
function setUp(fates: Fate[], more: Partial<RequesterOptions> = {}) {
  const time = createFakeTime()
  const { fetch, sent } = createFakeFetch(...fates)
  const endpoint = createEndpoint('http://server.test/', undefined)
  const options = { endpoint, fetch, time, random: () => 1, timeout_ms: 10_000, retries: 4, ...more }
  const requester = createRequester(options)
  /** When each attempt was made, in ms from the start. */
  const at: number[] = []
  /** Lets time pass, with what it sets off, until a call has ended. */
  async function ended<T>(call: Promise<T>): Promise<{ result?: T; error?: SyncKairosError }> {
    let outcome: { result?: T; error?: SyncKairosError } | null = null
    call.then(
      (result) => {
        outcome = { result }
      },
      (error) => {
        outcome = { error }
      },
    )
    for (let ms = 0; ; ms += 100) {
      for (let i = 0; i < 5; i++) await turn()
      while (at.length < sent.length) at.push(ms)
      if (outcome) return outcome
      if (ms > 300_000) throw new Error('it does not end')
      time.advance(100)
    }
  }
  return { ...requester, time, sent, at, ended }
}

t.test(
  'what may succeed later is repeated with the same key, after 0.5, 1, 2, 4 s with full jitter',
  async (t) => {
    const fates = [
      refused,
      failure(503, 'STORE_UNAVAILABLE'),
      failure(409, 'CONFLICT', { details: { in_flight: true } }),
      { status: 502, body: '<html>Bad Gateway</html>' },
      done,
    ]
    const calls = setUp(fates)
    t.same(await calls.ended(calls.data(CHANGE)), { result: 'done' })
    t.same(calls.at, [0, 500, 1500, 3500, 7500])
    const keys = calls.sent.map(({ headers }) => headers.get('idempotency-key'))
    t.match(keys[0], /^[0-9a-f-]{36}$/)
    t.equal(new Set(keys).size, 1)
    t.same(
      calls.sent.map(({ method, body }) => [method, body]),
      Array(5).fill(['POST', '{"a":1}']),
    )

    const half = setUp(fates, { random: () => 0.5 })
    await half.ended(half.data(CHANGE))
    t.same(half.at, [0, 300, 800, 1800, 3800], 'half as long (in steps of 100 ms)')

    await calls.ended(calls.data(CHANGE))
    t.not(calls.sent.at(-1)?.headers.get('idempotency-key'), keys[0], 'each call has a key of its own')
  },
)

t.test('a call is given up after its retries, with the last failure', async (t) => {
  const calls = setUp([refused, failure(503, 'DRAINING')])
  const { error } = await calls.ended(calls.data(READ))
  t.match(error, { kind: 'unavailable', code: 'DRAINING', status: 503, retryable: true, request_id: 'r-1' })
  t.equal(calls.sent.length, 5)

  const away = setUp([refused], { retries: 0 })
  const { error: network } = await away.ended(away.data(READ))
  t.match(network, { kind: 'network', code: 'NETWORK_ERROR', status: null, request_id: null, cause: refused })
  t.equal(network?.message, 'Cannot reach http://server.test: ECONNREFUSED')
  t.equal(away.sent.length, 1)
})

t.test('a refusal is told at once, in its kind', async (t) => {
  const rows: [number, string, ErrorKind][] = [
    [400, 'VALIDATION_ERROR', 'invalid'],
    [401, 'UNAUTHORIZED', 'unauthorised'],
    [403, 'FORBIDDEN', 'forbidden'],
    [404, 'SESSION_NOT_FOUND', 'not_found'],
    [405, 'METHOD', 'invalid'],
    [409, 'CONFLICT', 'conflict'],
    [412, 'PRECONDITION_FAILED', 'precondition'],
    [413, 'PAYLOAD_TOO_LARGE', 'too_large'],
    [415, 'UNSUPPORTED_MEDIA_TYPE', 'unsupported'],
    [422, 'IDEMPOTENCY_KEY_REUSED', 'reused'],
    [500, 'INTERNAL_ERROR', 'internal'],
  ]
  for (const [status, code, kind] of rows) {
    const calls = setUp([failure(status, code, { details: [{ field: 'a', message: 'b' }] })])
    const { error } = await calls.ended(calls.data(CHANGE))
    const told = { name: 'SyncKairosError', message: `${code} it is`, kind, code, status, retryable: false }
    t.match(error, { ...told, details: [{ field: 'a', message: 'b' }], retry_after_ms: null }, code)
    t.ok(error instanceof SyncKairosError && error instanceof Error)
    t.equal(calls.sent.length, 1)
  }
})

t.test('Retry-After is waited for, as seconds and as an instant, and told when it is too long', async (t) => {
  const calls = setUp([failure(503, 'DRAINING', { retry_after: '7' }), done])
  t.same(await calls.ended(calls.data(READ)), { result: 'done' })
  t.same(calls.at, [0, 7500], 'and the jitter on top')

  const instant = new Date(Date.UTC(2026, 0, 1) + 9000).toUTCString()
  const dated = setUp([failure(503, 'X', { retry_after: instant }), done])
  await dated.ended(dated.data(READ))
  t.same(dated.at, [0, 9500])

  const long = setUp([failure(503, 'X', { retry_after: '11' })])
  const { error } = await long.ended(long.data(READ))
  t.match(error, { kind: 'unavailable', retry_after_ms: 11_000, retryable: true })
  t.same(long.at, [0])

  const nonsense = setUp([failure(503, 'X', { retry_after: 'soon' }), done])
  await nonsense.ended(nonsense.data(READ))
  t.same(nonsense.at, [0, 500])
})

t.test('a limit is waited out for 2.5 s in all, and a longer one is told at once', async (t) => {
  const limit = (retry_after?: string) => failure(429, 'RATE_LIMIT_EXCEEDED', { retry_after })
  for (const call of [READ, CHANGE]) {
    const short = setUp([limit('2'), done])
    t.same(await short.ended(short.data(call)), { result: 'done' })
    t.same(short.at, [0, 2500])

    const told = { kind: 'limited', code: 'RATE_LIMIT_EXCEEDED', status: 429, retryable: true }
    const long = setUp([limit('3'), done])
    t.match((await long.ended(long.data(call))).error, { ...told, retry_after_ms: 3000 })
    t.same([long.at, long.time.waiting], [[0], 0])

    const again = setUp([limit('1')])
    t.match((await again.ended(again.data(call))).error, { ...told, retry_after_ms: 1000 })
    t.same(again.at, [0, 1500], 'limits that follow each other are not waited out for ever')

    const vague = setUp([limit()])
    t.match((await vague.ended(vague.data(call))).error, { ...told, retry_after_ms: null })
    t.same(vague.at, [0, 500, 1500])
  }
})

t.test('each attempt has its own time', async (t) => {
  const calls = setUp(['silence', done])
  t.same(await calls.ended(calls.data(READ)), { result: 'done' })
  t.same(calls.at, [0, 10_500])

  const slow = setUp(['stall'], { retries: 0, timeout_ms: 3000 })
  const { error } = await slow.ended(slow.data(READ))
  t.match(error, { kind: 'timeout', code: 'TIMEOUT', message: /within 3000 ms/ }, 'the body counts, too')
  t.equal(slow.time.waiting, 0)
})

t.test('a change is tried for as long as it may be, and then nobody knows what became of it', async (t) => {
  const unknown = { kind: 'timeout', code: 'OUTCOME_UNKNOWN', status: null, retryable: false }
  const during = setUp([refused, 'silence', done])
  t.match((await during.ended(during.data(CHANGE, { within_ms: 8000 }))).error, unknown)
  t.same([during.at, during.time.now() - Date.UTC(2026, 0, 1), during.time.waiting], [[0, 500], 8000, 0])

  const between = setUp([refused])
  t.match((await between.ended(between.data(CHANGE, { within_ms: 3000 }))).error, unknown)
  t.same(between.at, [0, 500, 1500])

  const read = setUp([refused, 'silence', done])
  t.same(await read.ended(read.data(READ, { within_ms: 8000 })), { result: 'done' }, 'a read does no harm')
})

t.test('what was wanted before the machine slept is not sent again after it', async (t) => {
  for (const call of [CHANGE, READ]) {
    const { data, ended, sent, time } = setUp(['silence', done])
    const outcome = data(call)
    await turn()
    time.sleep(3_600_000)
    const { result, error } = await ended(outcome)
    t.same(
      [result, error?.code, sent.length],
      call === READ ? ['done', undefined, 2] : [undefined, 'OUTCOME_UNKNOWN', 1],
    )
  }
})

t.test('an aborted call ends at once, wherever it is, and is not repeated', async (t) => {
  const aborted = { kind: 'aborted', code: 'ABORTED', retryable: false, cause: 'enough' }
  const before = setUp([done])
  t.match((await before.ended(before.data(READ, { signal: AbortSignal.abort('enough') }))).error, aborted)
  t.equal(before.sent.length, 0)

  const during = setUp(['silence'])
  const first = new AbortController()
  const call = during.data(READ, { signal: first.signal })
  await turn()
  first.abort('enough')
  t.match((await during.ended(call)).error, aborted)
  t.same([during.at, during.time.waiting], [[0], 0])

  const between = setUp([refused])
  const second = new AbortController()
  const waiting = between.data(READ, { signal: second.signal })
  for (let i = 0; i < 5; i++) await turn()
  t.equal(between.time.waiting, 1)
  second.abort('enough')
  t.match((await between.ended(waiting)).error, aborted)
  t.same([between.at, between.time.waiting], [[0], 0])
})

t.test('close() ends what is under way and refuses what comes', async (t) => {
  const calls = setUp(['silence'])
  const ends = [calls.ended(calls.data(READ)), calls.ended(calls.text(READ))]
  await turn()
  calls.close()
  ends.push(calls.ended(calls.data(READ)))
  for (const { error } of await Promise.all(ends)) {
    t.match(error, { kind: 'aborted', code: 'CLIENT_CLOSED' })
  }
  t.equal(calls.sent.length, 2)
})

t.test('an answer that no SyncKairos server gives is an error, too', async (t) => {
  for (const body of ['<html>Log in</html>', '', 'null', '{}', '"x"']) {
    const calls = setUp([{ body }])
    const { error } = await calls.ended(calls.data(READ))
    t.match(error, { kind: 'internal', code: 'INVALID_RESPONSE', message: /is no SyncKairos server/ }, body)
  }
  const page = setUp([{ status: 404, body: '<html>nginx</html>', headers: { 'x-request-id': 'p-1' } }])
  const { error } = await page.ended(page.data(READ))
  t.match(error, {
    kind: 'not_found',
    code: 'HTTP_404',
    message: 'The server answered 404',
    request_id: 'p-1',
  })
  const odd = setUp([{ status: 400, body: '{"error":"bad"}' }])
  t.match((await odd.ended(odd.data(READ))).error, { kind: 'invalid', code: 'HTTP_400', details: undefined })
})

t.test('what a caller got wrong is told in the same way', async (t) => {
  const calls = setUp([done])
  const wrong: [Call, object][] = [
    [{ ...CHANGE, body: { n: 1n } }, {}],
    [CHANGE, { idempotency_key: 'a\nb' }],
    [CHANGE, { token: 'a\nb' }],
  ]
  for (const [call, options] of wrong) {
    t.match((await calls.ended(calls.data(call, options))).error, { kind: 'invalid', retryable: false })
  }
  t.equal(calls.sent.length, 0)

  const tokenless = setUp([done], {
    endpoint: createEndpoint('http://server.test', () => {
      throw new Error('nobody is logged in')
    }),
  })
  const { error } = await tokenless.ended(tokenless.data(READ))
  t.match(error, { kind: 'invalid', code: 'INVALID_TOKEN', message: 'nobody is logged in' })
})

t.test('conditions and keys go along', async (t) => {
  const calls = setUp([done])
  await calls.ended(calls.data(CHANGE, { idempotency_key: 'mine', expected_version: 7, token: 'T' }))
  await calls.ended(calls.data(CHANGE, { if_match: '"1-2", "1-3"' }))
  await calls.ended(calls.data(READ))
  const [first, second, third] = calls.sent.map(({ headers }) => headers)
  t.equal(first?.get('idempotency-key'), 'mine')
  t.equal(first?.get('if-match'), '"7"')
  t.equal(first?.get('authorization'), 'Bearer T')
  t.equal(second?.get('if-match'), '"1-2", "1-3"')
  t.same([...(third ?? [])], [['accept', 'application/json']])
})

t.test('an id can lead nowhere else', async (t) => {
  t.equal(segment('a/b?c#d ü%'), 'a%2Fb%3Fc%23d%20%C3%BC%25')
  for (const id of ['', '.', '..', '\ud800', undefined, 5]) {
    t.throws(() => segment(id as string), { kind: 'invalid', code: 'INVALID_ID' })
  }
})
