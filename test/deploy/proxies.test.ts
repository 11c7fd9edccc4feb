import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { startServer } from '../../bench/lib/server.ts'
import { redisForTest } from '../helpers/backends.ts'
import { freePort } from '../helpers/servers.ts'
import { PROXIES, type ProxyName, startProxy } from './proxy.ts'
import { startStub } from './stubs.ts'
import { type Call, callers, playing, send, startTraffic } from './traffic.ts'
import { watchSocket, watchStream } from './watchers.ts'

const NAMES = Object.keys(PROXIES) as ProxyName[]
const RECONNECTED_WITHIN_MS = 2000
/** What docs/operations.md asks for. */
const SHUTDOWN_DELAY_MS = { nginx: '1000', haproxy: '2000' }

t.setTimeout(180_000)

/** Two instances on one Redis behind a proxy; null where one of these is not installed. */
async function deploy(t: Test, name: ProxyName, env: Record<string, string> = {}) {
  const redis = await redisForTest(t)
  if (!redis) return null
  const ports = [await freePort(), await freePort()]
  const start = (port: number) =>
    startServer({
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
      TRUST_PROXY: '127.0.0.1',
      SHUTDOWN_DELAY_MS: SHUTDOWN_DELAY_MS[name],
      // A machine that is busy with other tests is no reason to refuse anybody.
      OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
      PORT: String(port),
      ...env,
    })
  const servers = await Promise.all(ports.map(start))
  t.teardown(() => Promise.all(servers.map((server) => server.kill())))
  const proxy = await startProxy(t, name, ports)
  if (!proxy) return null
  return {
    base: proxy.base,
    servers,
    /** SIGTERM, the end, and the start of what takes its place; answers the exit code. */
    async restart(i: number): Promise<number | null | undefined> {
      const ended = servers[i]
      await ended?.kill('SIGTERM')
      servers[i] = await start(ports[i] as number)
      return ended?.child.exitCode
    },
  }
}

/** Resolves once this instance has got a call through the proxy. */
async function takesPart(instance: string): Promise<void> {
  const served = /synckairos_http_requests_total\{method="GET",route="\/v1\/time"/
  for (;;) {
    const response = await fetch(`${instance}/metrics`)
    if (served.test(await response.text())) return
    await delay(50)
  }
}

/** A GET from an address of this machine. */
async function getFrom(localAddress: string, url: string, headers: Record<string, string> = {}) {
  const request = get(url, { localAddress, headers })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await json(response) }
}

/** The outcome of an upgrade: 101, or the status of the refusal. */
async function upgrade(t: Test, url: string, localAddress: string, origin: string): Promise<number> {
  const socket = new WebSocket(url, { localAddress, origin })
  t.teardown(() => socket.terminate())
  socket.on('error', () => {})
  return Promise.race([
    once(socket, 'open').then(() => 101),
    once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
  ])
}

for (const name of NAMES) {
  t.test(`${name}: nobody notices a rolling restart`, async (t) => {
    const deployed = await deploy(t, name)
    if (!deployed) return
    const { base, servers, restart } = deployed
    const { safe, plain } = await callers(base)
    const traffic = startTraffic(base, safe)
    const unsafe = startTraffic(base, [plain])
    const watched = await playing(base)
    const sockets = Array.from({ length: 6 }, () => watchSocket(base, watched))
    const streams = Array.from({ length: 4 }, () => watchStream(base, watched))
    const watchers = [...sockets, ...streams]
    const moving = startTraffic(base, [
      () => ({
        method: 'POST',
        path: `/v1/sessions/${watched}/switch`,
        body: {},
        headers: { 'idempotency-key': randomUUID() },
      }),
    ])
    for (const i of [0, 1]) {
      await takesPart(servers[i]?.base as string)
      t.equal(await restart(i), 0, `instance ${i} ends orderly`)
      await takesPart(servers[i]?.base as string)
    }
    while (watchers.some((watcher) => watcher.lost_at !== null)) await delay(20)
    await Promise.all([traffic.stop(), moving.stop(), unsafe.stop()])
    for (const watcher of watchers) watcher.stop()

    t.same([...traffic.failures, ...moving.failures], [], 'no call has failed')
    const lost = unsafe.failures.filter((failure) => !failure.includes('NO_INSTANCE'))
    t.same(lost, [], 'nor has a call that cannot be made again ...')
    const most = PROXIES[name].asksReady ? 0 : servers.length
    t.ok(unsafe.failures.length <= most, '... but for one in the moment in which an instance stops to listen')
    t.ok(traffic.answered > 500, `${traffic.answered} calls were answered`)
    const reconnects = watchers.flatMap(({ gaps }) => gaps.slice(1))
    t.ok(reconnects.length >= watchers.length, 'every watcher was with one of the two')
    const longest = Math.max(...reconnects)
    t.ok(
      longest <= RECONNECTED_WITHIN_MS,
      `the longest was without a connection for ${Math.round(longest)} ms`,
    )
    t.same([...new Set(sockets.flatMap(({ codes }) => codes))], [1001], 'sockets are told why they end')
    t.equal(
      watchers.reduce((sum, { disorder }) => sum + disorder, 0),
      0,
      'no state came twice, or late',
    )
  })

  t.test(`${name}: instances know who calls, whatever he says`, async (t) => {
    const deployed = await deploy(t, name, {
      RATE_LIMIT_GENERAL: '1000',
      CORS_ORIGIN: 'https://elsewhere.example',
    })
    if (!deployed) return
    const { base } = deployed
    const url = `${base}/v1/sessions?limit=1`
    const left = async (from: string, claim = {}) =>
      Number((await getFrom(from, url, claim)).headers['ratelimit-remaining'])
    t.equal(await left('127.0.0.2'), 999)
    t.equal(await left('127.0.0.3'), 999, 'another address has a limit of its own')
    t.equal(await left('127.0.0.2', { 'x-forwarded-for': '203.0.113.7' }), 998, 'a claim does not help')

    const sockets = `${base.replace('http', 'ws')}/ws?sessionId=${randomUUID()}`
    t.equal(await upgrade(t, sockets, '127.0.0.4', base), 101, 'a page of this very host may')
    t.equal(await upgrade(t, sockets, '127.0.0.5', 'https://evil.example'), 403, 'another may not')
    t.equal((await fetch(`${base}/metrics`)).status, 404, 'figures are for Prometheus, not for callers')
  })

  t.test(`${name}: what an instance broke off is sent again only when that is safe`, async (t) => {
    const breaking = await startStub(t, true)
    const sound = await startStub(t, false)
    const proxy = await startProxy(t, name, [breaking.port, sound.port])
    if (!proxy) return
    const json = { body: {} }
    const CASES: (Call & { again: boolean })[] = [
      { method: 'GET', path: '/v1/sessions/', again: true },
      { method: 'DELETE', path: '/v1/sessions/', again: true },
      { method: 'POST', path: '/v1/sessions?', ...json, again: true },
      { method: 'POST', path: '/v1/runs/1/progress?', ...json, again: true },
      { method: 'POST', path: '/api/v1/tests/keepalive?', ...json, again: true },
      {
        method: 'POST',
        path: '/v1/sessions/1/switch?',
        ...json,
        headers: { 'idempotency-key': 'k' },
        again: true,
      },
      { method: 'POST', path: '/v1/sessions/1/switch?', ...json, again: false },
    ]
    const tryOne = async ({ again, ...call }: (typeof CASES)[number]) => {
      // It gets no calls for a while after one that it broke off.
      for (; ; await delay(50)) {
        const path = call.path + randomUUID()
        // HAProxy ends the connection of a client whose call broke on a connection that was in use before.
        const { status } = await send(proxy.base, { ...call, path }).catch(() => ({ status: 0 }))
        if (!breaking.seen.includes(path)) continue
        t.equal(
          sound.seen.includes(path),
          again,
          `${call.method} ${call.path}${call.headers ? ' with a key' : ''}`,
        )
        t.equal(status === 200, again)
        return
      }
    }
    await Promise.all(CASES.map(tryOne))
  })

  t.test(
    `${name}: a call goes to the other instance when one is gone, and gets 503 when both are`,
    async (t) => {
      const sound = await startStub(t, false)
      const proxy = await startProxy(t, name, [await freePort(), sound.port])
      if (!proxy) return
      const call = { method: 'POST', path: '/v1/sessions/1/switch', body: {} }
      for (let i = 0; i < 20; i++) t.equal((await send(proxy.base, call)).status, 200)
      sound.close()
      const refused = await getFrom('127.0.0.1', `${proxy.base}/v1/time`)
      t.equal(refused.status, 503)
      t.match(refused.body, {
        error: { code: 'NO_INSTANCE', message: String, request_id: /^[0-9a-f-]{32,}$/ },
      })
      t.equal(refused.headers['retry-after'], '1')
    },
  )
}
