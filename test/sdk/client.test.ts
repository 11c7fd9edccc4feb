import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createClient } from '../../sdk/index.ts'
import { onEmbedded, onRedis } from '../conformance/deployment.ts'
import { historyOf } from '../conformance/persistence.ts'
import { build } from '../helpers/app.ts'
import { redisForTest } from '../helpers/backends.ts'
import { realForTest } from '../helpers/databases.ts'
import { clientOf, clientSuite, newGame } from './client-suite.ts'
import { createFakeFetch } from './fake-fetch.ts'

t.test('embedded', async (t) => clientSuite(t, onEmbedded))
if (await redisForTest(t)) t.test('Redis', async (t) => clientSuite(t, onRedis))

t.test('the audit log is read as events, as CSV and in figures', async (t) => {
  const database = await realForTest(t)
  if (!database) return
  const app = await build(t, { PERSISTENCE: 'on', ...database })
  const { sessions } = await clientOf(t, app)
  const body = newGame()
  const id = body.session_id
  await sessions.create(body)
  await sessions.start(id)
  await sessions.switch(id)
  await historyOf(app, id, 3)
  const history = await sessions.history(id, { limit: 2, min_version: 3 })
  t.match(history, { version: 3, next_after: /-2$/, events: [{ type: 'session.created' }, { version: 2 }] })
  t.match(await sessions.history(id, { after: history.next_after ?? '' }), { events: [{ version: 3 }] })
  t.equal((await sessions.historyCsv(id)).trim().split('\n').length, 4)
  t.match(await sessions.stats(id), { version: 3, cycles: 1, participants: [{ turns: 1 }, { turns: 0 }] })
})

t.test('a token goes along, and may be another one later', async (t) => {
  const app = await build(t, { AUTH_TOKENS: 'secret', AUTH_READS: 1 })
  let token = 'wrong'
  const { sessions } = await clientOf(t, app, { token: () => token })
  const body = newGame()
  await t.rejects(sessions.create(body), { kind: 'unauthorised', code: 'UNAUTHORIZED', status: 401 })
  await t.resolves(sessions.create(body, { token: 'secret' }))
  token = 'secret'
  t.match(await sessions.get(body.session_id), { version: 1 })
  const open = await clientOf(t, app)
  await t.rejects(open.sessions.get(body.session_id), { code: 'UNAUTHORIZED' })
})

t.test('a server may stand below a path, behind a user and a password', async (t) => {
  const app = await build(t)
  const proxy = createServer(async (request, response) => {
    const asked = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
    const url = request.url ?? ''
    if (asked !== 'user:p@ss' || !url.startsWith('/sync/')) return response.writeHead(401).end()
    let payload = ''
    for await (const chunk of request) payload += chunk
    const headers = Object.entries(request.headers).filter(([name]) => name !== 'transfer-encoding')
    const answer = await app.inject({
      method: request.method as 'GET',
      url: url.slice(5),
      headers: Object.fromEntries(headers),
      ...(payload && { payload }),
    })
    response.writeHead(answer.statusCode, answer.headers as Record<string, string>).end(answer.rawPayload)
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  await new Promise((resolve) => proxy.once('listening', resolve))
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}/sync/`
  const client = createClient({ url: `http://user:p%40ss@${address}` })
  t.teardown(() => client.close())
  t.equal(client.url, `http://${address.slice(0, -1)}`)
  const body = newGame()
  await client.sessions.create(body)
  t.match(await client.sessions.start(body.session_id), { version: 2 })

  const stranger = createClient({ url: `http://user:wrong@${address}` })
  await t.rejects(stranger.time(), { kind: 'unauthorised', code: 'HTTP_401' })
  stranger.close()
})

t.test('a 503 of a proxy is no answer about readiness', async (t) => {
  for (const body of ['<html>Bad gateway</html>', 'null', '{"status":"x"}']) {
    const { fetch } = createFakeFetch({ status: 503, body })
    const client = createClient({ url: 'http://server.test', fetch })
    await t.rejects(client.ready(), { kind: 'unavailable', code: 'HTTP_503', status: 503 })
  }
})

t.test('a client that was closed does nothing any more', async (t) => {
  const app = await build(t)
  const client = await clientOf(t, app)
  client.runs.watch({ event: () => {}, reset: () => {} })
  const stop = client.runs.watch({ event: () => {}, reset: () => {} })
  stop()
  const call = client.time()
  client.close()
  client.close()
  await t.rejects(call, { kind: 'aborted', code: 'CLIENT_CLOSED' })
  await t.rejects(client.sessions.list(), { code: 'CLIENT_CLOSED' })
  t.equal(client.connection.status, 'closed')
})

t.test('an address that is none is told when the client is made', async (t) => {
  t.throws(() => createClient({ url: 'localhost:3000' }), { kind: 'invalid', code: 'INVALID_URL' })
  t.equal(createClient().url, 'http://127.0.0.1:3000')
})
