import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Test, test } from 'tap'
import { createKnownRuns } from '../../cli/lib/known-runs.ts'
import type { Run } from '../../sdk/index.ts'
import { startCli } from './run-cli.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

const run = (run_id: string, version: number, more: Partial<Run> = {}) =>
  ({
    run_id,
    version,
    status: 'running',
    is_complete: false,
    last_update: at(version),
    current_metrics: { block: version },
    ...more,
  }) as Run

const over = (run_id: string, version: number) =>
  run(run_id, version, { status: 'finished', is_complete: true, success: true, error: null })

const event = (run_id: string, version: number, type = 'test_progress') => ({
  id: `1-${version}-${run_id}`,
  type: type as 'test_progress',
  run_id,
  timestamp: at(version),
  version,
  status: 'running' as const,
  data: { block: version },
})

const told = (messages: { type: string; run_id: string; version: number }[]) =>
  messages.map(({ type, run_id, version }) => `${run_id} ${version} ${type.replace('test_', '')}`)

test('a list and the feed tell each change once, whichever of them is first', (t) => {
  const known = createKnownRuns()
  t.ok(known.take(event('a', 5)), 'the feed was first')
  t.same(told(known.merge([run('a', 4), run('b', 7), over('c', 9)], { over: false })), ['b 7 progress'])
  t.notOk(known.take(event('b', 7)), 'the list was first')
  t.ok(known.take(event('b', 8)))
  t.ok(known.take(event('a', 6)))
  t.ok(known.take(event('c', 8)), 'of a run that ended meanwhile nothing was told yet')
  t.end()
})

test('after a gap it is told what changed, also what began and ended in it', (t) => {
  const known = createKnownRuns()
  known.merge([run('a', 4), run('b', 4), over('c', 9)], { over: false })
  const messages = known.merge(
    [run('a', 4), over('b', 5), over('c', 9), over('d', 3), run('e', 1, { current_metrics: null })],
    { over: true },
  )
  t.same(told(messages), ['b 5 complete', 'd 3 complete', 'e 1 start'])
  t.same(told(known.merge([run('a', 6, { status: 'stale' })], { over: true })), ['a 6 stale'])
  t.end()
})

test('a run of a name that has become free is news, for all its low versions', (t) => {
  const known = createKnownRuns()
  known.take(event('a', 50))
  t.notOk(known.take(event('a', 1, 'test_start')), 'this is an old one')
  t.ok(known.take({ ...event('a', 1, 'test_start'), timestamp: at(90) }))
  t.ok(known.take(event('a', 2)))
  t.end()
})

/** A server whose feed and list a test moves: `asked` tells of 'feed' and 'list', each with its response. */
async function feedServer(t: Test) {
  const asked = new EventEmitter()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x')
    asked.emit(pathname.endsWith('/events') ? 'feed' : 'list', response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const next = async (what: 'feed' | 'list') => (await once(asked, what))[0] as ServerResponse
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, next }
}

const begin = (feed: ServerResponse) =>
  feed.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n')
const send = (feed: ServerResponse, message: { id: string }) =>
  feed.write(`id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`)
const answer = (list: ServerResponse, tests: Run[]) =>
  list
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ data: { tests, total_count: 0, active_count: 0, next_cursor: null } }))

function watch(t: Test, ...options: string[]) {
  const cli = startCli(['runs', 'watch', ...options])
  t.teardown(() => cli.child.kill('SIGKILL'))
  return cli
}

test('a watcher of all runs misses nothing between its connection and the first event', async (t) => {
  const { url, next } = await feedServer(t)
  const feeds = next('feed')
  const lists = next('list')
  const cli = watch(t, '--json', '--server', url)
  const first = await feeds
  begin(first)
  const busy = await lists
  const again = next('list')
  busy.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"code":"X","message":"busy"}}')
  const list = await again
  send(first, event('a', 2))
  await cli.printed(/"a"/)
  answer(list, [run('a', 1), run('b', 7), over('c', 9)])
  await cli.printed(/"b"/)
  send(first, event('b', 7))
  send(first, event('b', 8))
  await cli.printed(/"version":8/)

  // It has an id to go on from: what it missed comes from the feed, and the list is not asked.
  const second = next('feed')
  first.destroy()
  begin(await second)
  send(await second, event('b', 9))
  await cli.printed(/"version":9/)
  const asked = next('list')
  ;(await second).write('event: reset\nid: 1-9-b\ndata: {}\n\n')
  answer(await asked, [run('a', 2), over('b', 10), run('d', 1)])
  await cli.printed(/"d"/)
  cli.child.kill('SIGINT')
  const { code, stdout } = await cli.ended
  t.equal(code, 130)
  const lines = stdout.trim().split('\n')
  t.same(told(lines.map((line) => JSON.parse(line))), [
    'a 2 progress',
    'b 7 progress',
    'b 8 progress',
    'b 9 progress',
    'b 10 complete',
    'd 1 progress',
  ])
})

test('a connection that breaks before its first event is made up for by the list', async (t) => {
  const { url, next } = await feedServer(t)
  const feeds = next('feed')
  const lists = next('list')
  const cli = watch(t, '--server', url)
  const first = await feeds
  begin(first)
  answer(await lists, [run('a', 1)])
  await cli.printed(/ a progress block=1\n/)
  const second = next('feed')
  const asked = next('list')
  first.destroy()
  begin(await second)
  answer(await asked, [over('a', 3)])
  await cli.printed(/ a complete success=true/)
  cli.child.kill('SIGTERM')
  t.equal((await cli.ended).code, 143)
})

test('a reset that names nothing to go on from is made up for by the list, too', async (t) => {
  const { url, next } = await feedServer(t)
  const feeds = next('feed')
  const lists = next('list')
  const cli = watch(t, '--server', url)
  const first = await feeds
  begin(first)
  answer(await lists, [run('a', 1)])
  send(first, event('a', 2))
  await cli.printed(/ a progress block=2\n/)
  const asked = next('list')
  first.write('event: reset\nid: \ndata: {}\n\n')
  answer(await asked, [run('a', 3)])
  await cli.printed(/ a progress block=3\n/)
  const second = next('feed')
  const again = next('list')
  first.destroy()
  begin(await second)
  t.equal((await second).req.headers['last-event-id'], undefined)
  answer(await again, [over('a', 4)])
  await cli.printed(/ a complete success=true/)
  cli.child.kill('SIGINT')
  t.equal((await cli.ended).code, 130)
})
