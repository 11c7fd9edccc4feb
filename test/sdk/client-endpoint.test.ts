import t from 'tap'
import { base64 } from '../../sdk/base64.ts'
import { createEndpoint, type Endpoint } from '../../sdk/endpoint.ts'
import { newId } from '../../sdk/new-id.ts'
import { createTime } from '../../sdk/time.ts'
import { openWebSocket } from '../../sdk/web-socket.ts'
import { createFakeSockets } from './fake-socket.ts'

/** What a WebSocket is made of. */
function opened(endpoint: Endpoint) {
  const { WebSocket, sockets } = createFakeSockets()
  openWebSocket(endpoint, WebSocket, '/v1/ws', { multiplex: 1, client: undefined })
  return { url: sockets[0]?.url, protocols: sockets[0]?.protocols ?? [] }
}

t.test(
  'the address of a server may have a path, and whatever stands behind it is no part of it',
  async (t) => {
    const rows: [given: string | URL, url: string][] = [
      ['http://a.test', 'http://a.test'],
      ['https://a.test:8443/sync//?x=1#y', 'https://a.test:8443/sync'],
      [new URL('http://a.test/b/'), 'http://a.test/b'],
      ['http://[::1]:3000/', 'http://[::1]:3000'],
    ]
    for (const [given, url] of rows) {
      const endpoint = createEndpoint(given, undefined)
      t.equal(endpoint.url, url)
      t.equal(endpoint.address('/v1/time'), `${url}/v1/time`)
      t.equal(opened(endpoint).url, `${url.replace('http', 'ws')}/v1/ws?multiplex=1`)
    }
    for (const wrong of ['', 'a.test', '/v1', 'ftp://a.test', 'ws://a.test', 'http://']) {
      t.throws(() => createEndpoint(wrong, undefined), { kind: 'invalid', code: 'INVALID_URL' }, wrong)
    }
  },
)

t.test('without an address it is the origin of the page, or the default one', async (t) => {
  t.equal(createEndpoint(undefined, undefined).url, 'http://127.0.0.1:3000')
  const page = globalThis as { location?: { origin: string } }
  t.teardown(() => {
    delete page.location
  })
  page.location = { origin: 'https://page.test' }
  t.equal(createEndpoint(undefined, undefined).url, 'https://page.test')
  page.location = { origin: 'null' }
  t.equal(createEndpoint(undefined, undefined).url, 'http://127.0.0.1:3000', 'a page from a file')
})

t.test('what is asked about is written as addresses have it', async (t) => {
  const { address } = createEndpoint('http://a.test', undefined)
  const query = { a: 'ü&', b: undefined, c: null, d: [1, 2], e: false, f: '' }
  t.equal(address('/x', query), 'http://a.test/x?a=%C3%BC%26&d=1&d=2&e=false&f=')
  t.equal(address('/x', {}), 'http://a.test/x')
})

t.test('user and password go into the header that they stand for, unless there is a token', async (t) => {
  const endpoint = createEndpoint('https://us%20er:p%40%C3%BC@a.test/x', undefined)
  t.equal(endpoint.url, 'https://a.test/x')
  t.same(endpoint.headers(), { authorization: `Basic ${Buffer.from('us er:p@ü').toString('base64')}` })
  t.same(endpoint.headers('T'), { authorization: 'Bearer T' })
  t.equal(opened(endpoint).url, 'wss://us%20er:p%40%C3%BC@a.test/x/v1/ws?multiplex=1')
  t.same(createEndpoint('http://u:50%@a.test', undefined).headers(), { authorization: 'Basic dTo1MCU=' })
  t.same(createEndpoint('http://user@a.test', undefined).headers(), { authorization: 'Basic dXNlcjo=' })
  t.same(createEndpoint('http://a.test', undefined).headers(), {})
})

t.test('a token may change, and goes along with sockets as a subprotocol', async (t) => {
  let token: string | undefined = 'one'
  const endpoint = createEndpoint('http://u:p@a.test', () => token)
  t.same(endpoint.headers(), { authorization: 'Bearer one' })
  token = 'zwei~??>>ü'
  const [name, bearer = ''] = opened(endpoint).protocols
  t.equal(name, 'synckairos')
  t.match(bearer, /^bearer\.[\w-]+$/)
  t.equal(Buffer.from(bearer.slice(7), 'base64url').toString(), token)
  token = undefined
  t.same(opened(endpoint).protocols, [])
  t.match(endpoint.headers().authorization, /^Basic/)
})

t.test('texts of every kind become Base64', async (t) => {
  for (const text of ['', 'a', 'ab', 'abc', 'ü€😀', '\u0000\u00ff>>>???']) {
    t.equal(base64(text), Buffer.from(text).toString('base64'))
  }
})

t.test('ids are random UUIDs, also where a page came over plain HTTP', async (t) => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  t.match(newId(), uuid)
  const own = Object.getOwnPropertyDescriptor(globalThis, 'crypto') as PropertyDescriptor
  const secure = globalThis.crypto
  const plain = { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => secure.getRandomValues(bytes) }
  t.teardown(() => Object.defineProperty(globalThis, 'crypto', own))
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: plain })
  const ids = Array.from({ length: 100 }, newId)
  for (const id of ids) if (!uuid.test(id)) t.fail(id)
  t.equal(new Set(ids).size, 100)
})

t.test('the time of the machine goes on by itself, and a timer can be called off', async (t) => {
  const time = createTime()
  t.ok(Math.abs(time.now() - Date.now()) < 1000)
  const began = time.monotonic()
  let rang = false
  const cancel = time.after(0, () => {
    rang = true
  })
  cancel()
  const far = time.after(2 ** 40, () => t.fail('a distant timer went off'))
  await new Promise<void>((resolve) => time.after(-1, resolve))
  t.equal(rang, false)
  t.ok(time.monotonic() > began)
  far()
})
