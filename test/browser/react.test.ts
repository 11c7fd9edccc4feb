import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import t, { type Test } from 'tap'
import { createClient } from '../../sdk/index.ts'
import { SyncKairosProvider, useClient } from '../../sdk/react.ts'
import { build, call } from '../helpers/app.ts'
import { listen } from '../helpers/realtime.ts'
import { startSession } from '../helpers/sessions.ts'
import { until } from '../helpers/until.ts'
import { openPage } from './lib/page.ts'
import { createGame } from './react-game.ts'

const ROOT = join(import.meta.dirname, '../..')
const require = createRequire(import.meta.url)
const umd = (name: string) =>
  join(require.resolve(`${name}/package.json`), '..', `umd/${name}.development.js`)

/** React 18 comes as a script for pages, or as CommonJS: this makes modules of the script. */
const SHIM = `const { createContext, createElement, useContext, useMemo, useSyncExternalStore } = React
export { createContext, createElement, useContext, useMemo, useSyncExternalStore }`

const page = (
  markup: string,
) => `<!doctype html><html lang="en"><head><title>Test</title><link rel="icon" href="data:,">
<script src="/react.js"></script><script src="/react-dom.js"></script>
<script type="importmap">{ "imports": { "react": "/shim.js" } }</script></head>
<body><div id="root">${markup}</div><script type="module" src="/assets/test/test/browser/react-main.ts"></script></body></html>`

/** Serves a page whose modules are our files without their types; answers its address. */
async function site(t: Test, markup: string): Promise<string> {
  const files: Record<string, () => string> = {
    '/': () => page(markup),
    '/react.js': () => readFileSync(umd('react'), 'utf8'),
    '/react-dom.js': () => readFileSync(umd('react-dom'), 'utf8'),
    '/shim.js': () => SHIM,
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x')
    const path = /^\/assets\/test\/((?:sdk|test)\/[\w/-]+\.ts)$/.exec(pathname)?.[1]
    const module = path && (() => stripTypeScriptTypes(readFileSync(join(ROOT, path), 'utf8')))
    const read = module || files[pathname]
    response.statusCode = read ? 200 : 404
    response.setHeader('content-type', pathname === '/' ? 'text/html' : 'text/javascript')
    response.end(read?.())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Shown = { markup?: string; mode?: string; paused?: boolean; totals?: number[] }

/** A page that shows a running (or paused) game of two clocks, and the server behind it. Null without a browser. */
async function show(t: Test, { markup = '', mode = 'plain', paused = false, ...settings }: Shown = {}) {
  const app = await build(t, { CORS_ORIGIN: '*' })
  const server = `http://${await listen(app)}`
  const session = await startSession(app, settings)
  if (paused) await call(app, 'POST', `${session.url}/pause`)
  const query = new URLSearchParams({ server, mode, id: session.id, players: session.players.join() })
  const url = `${await site(t, markup)}/?${query}`
  const opened = await openPage(t, { url })
  return opened && { ...opened, ...session, app, server }
}

const text = (page: Page, selector: string) => () => page.textContent(selector, { timeout: 5000 })
const game = (page: Page) => page.evaluate(() => window.game)

t.test('components show a session, change it, and follow what others do', async (t) => {
  const shown = await show(t)
  if (!shown) return
  const { page, app, url, players } = shown
  const turn = text(page, '#turn')
  t.equal(await until(turn, (text) => text === players[0]), players[0])
  t.equal(await page.textContent('#status'), 'live')
  await call(app, 'POST', `${url}/switch`)
  await until(turn, (text) => text === players[1])
  t.equal(await text(page, '#other-turn')(), players[1], 'all components see the same')
  await page.click('#switch')
  t.equal(await text(page, '#turn')(), players[0], "one's own change is seen at once")
  await until(text(page, '#pending'), (text) => text === 'false')
  t.equal((await call(app, 'GET', url)).body.data.active_participant_id, players[0])
  t.equal(app.realtime.sockets.size, 1, 'over one socket')
})

t.test(
  'a countdown counts down, all of them in one loop, and rests when there is nothing to see',
  async (t) => {
    const shown = await show(t, { mode: 'many', totals: [60_000, 60_000] })
    if (!shown) return
    const { page, app, url } = shown
    const left = async () => Number(await text(page, '#left')())
    const first = await until(left, (ms) => ms > 0 && ms < 60_000)
    await until(left, (ms) => ms < first - 100)
    const during = () => page.evaluate(() => window.duringFrames(10))
    const running = await during()
    t.equal(running.frames, 10, 'one callback in each frame for 20 countdowns')
    t.ok(running.renders > 0)

    await page.evaluate(() => window.setVisible(false))
    const hidden = await during()
    t.same(hidden, { frames: 0, renders: 0 }, 'nothing runs while the page is hidden')
    const before = await left()
    await page.evaluate(() => window.setVisible(true))
    await until(left, (ms) => ms < before)

    await call(app, 'POST', `${url}/pause`)
    await until(text(page, '#session-status'), (text) => text === 'paused')
    t.same(await during(), { frames: 0, renders: 0 }, 'nor while no clock runs')
    const stopped = await left()
    t.equal(stopped, (await call(app, 'GET', url)).body.data.participants[0].time_remaining_ms)
    await call(app, 'POST', `${url}/resume`)
    await until(left, (ms) => ms < stopped)
  },
)

t.test('with a step it is rendered when that has passed', async (t) => {
  const shown = await show(t, { mode: 'step', totals: [2000, 60_000], paused: true })
  if (!shown) return
  await until(text(shown.page, '#session-status'), (text) => text === 'paused')
  await call(shown.app, 'POST', `${shown.url}/resume`)
  const seen = await until(
    () => shown.page.evaluate(() => window.game.steps),
    (steps) => steps.at(-1) === 0,
  )
  t.ok(seen.length <= 6, `${seen}`)
  t.ok(
    seen.every((ms, i) => ms % 500 === 0 && (i === 0 || ms < (seen[i - 1] as number))),
    `${seen}`,
  )
})

t.test('strict mode, another session and leaving cost no connection and leave none behind', async (t) => {
  const shown = await show(t, { mode: 'strict' })
  if (!shown) return
  const { page, app, players } = shown
  await until(text(page, '#turn'), (text) => text === players[0])
  const other = await startSession(app)
  await page.evaluate(([id, player]) => window.show(id, [player]), [other.id, other.players[0]] as [
    string,
    string,
  ])
  await until(text(page, '#turn'), (text) => text === other.players[0])
  t.equal((await game(page)).sockets, 1)
  await page.evaluate(() => window.leave())
  await until(
    () => app.realtime.sockets.size,
    (size) => size === 0,
  )
  t.equal((await game(page)).sockets, 1)
})

t.test('a page that may open no sockets follows a session over event streams', async (t) => {
  const shown = await show(t, { mode: 'streams' })
  if (!shown) return
  const { page, app, url, players } = shown
  const turn = text(page, '#turn')
  await until(turn, (text) => text === players[0])
  await call(app, 'POST', `${url}/switch`)
  await until(turn, (text) => text === players[1])
  t.equal(await text(page, '#status')(), 'live')
  t.equal(app.realtime.streams.size, 1)
})

t.test('a page that was rendered on a server comes to life without a word of complaint', async (t) => {
  const client = createClient({ url: 'http://127.0.0.1:9' })
  t.teardown(client.close)
  const element = createGame(createElement)
  const id = '00000000-0000-4000-8000-000000000001'
  const players = ['00000000-0000-4000-8000-00000000000a']
  const markup = renderToString(
    createElement(SyncKairosProvider, { client }, createElement(element, { id, players })),
  )
  t.match(markup, /<output id="status">loading<\/output>/)
  t.equal(client.connection.status, 'idle', 'rendering connects to nobody')
  const shown = await show(t, { markup, mode: 'hydrate' })
  if (!shown) return
  await until(text(shown.page, '#turn'), (text) => text === shown.players[0])
})

t.test('without a provider the hooks say what is missing', async (t) => {
  const Lost = () => createElement('i', null, useClient().url)
  t.throws(() => renderToString(createElement(Lost)), /SyncKairosProvider/)
})

t.test('the client of the provider is the one that hooks get', async (t) => {
  const client = createClient({ url: 'http://127.0.0.1:9' })
  t.teardown(client.close)
  const Address = () => createElement('i', null, useClient().url)
  const html = renderToString(createElement(SyncKairosProvider, { client }, createElement(Address)))
  t.equal(html, '<i>http://127.0.0.1:9</i>')
})
