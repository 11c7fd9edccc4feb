import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../helpers/app.ts'
import { listen } from '../helpers/realtime.ts'
import { runTool } from '../helpers/tool.ts'
import { installPackage, modulesOf, packPackage } from './built-package.ts'
import { compact, sizeOf } from './core-size.ts'

/** Of what a page loads at first, and of that with all that it may load later. */
const LIMITS_BYTES = [8 * 1024, 14 * 1024] as const

const folder = t.testdir({ package: {}, consumer: {} })
const tarball = await packPackage(join(folder, 'package'))
const index = join(folder, 'package', 'dist', 'index.js')
const consumer = join(folder, 'consumer')
await installPackage(consumer, tarball, ['react', '@types/react', '@types/prop-types', 'csstype'])

t.test('nobody who packages for a living finds anything wrong with it', async (t) => {
  t.match(await runTool(folder, 'publint', tarball, '--strict'), { ok: true, output: /All good/ })
  const checked = await runTool(folder, 'attw', tarball, '--profile', 'esm-only', '--format', 'ascii')
  t.ok(checked.ok, checked.output)
})

t.test('it holds what was built, its readme and its licence', async (t) => {
  const { output } = await runTool(folder, 'tar', '-tzf', tarball)
  const files = output
    .trim()
    .split('\n')
    .map((name) => name.replace('package/', ''))
  const others = files.filter((name) => !/^dist\/[\w-]+\.(js|d\.ts)$/.test(name))
  t.same(others.sort(), ['LICENSE', 'README.md', 'package.json'])
  for (const name of ['index', 'react', 'reporter']) t.ok(files.includes(`dist/${name}.js`), name)
  const licences = ['LICENSE', 'sdk/LICENSE'].map((path) =>
    readFileSync(join(import.meta.dirname, '../..', path), 'utf8'),
  )
  t.equal(licences[0], licences[1])
})

t.test('the versions of server and client are the same', async (t) => {
  const [server, client] = ['../../package.json', '../../sdk/package.json'].map(
    (path) => JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')).version,
  )
  t.equal(server, client)
})

t.test('nothing in it needs Node.js', async (t) => {
  for (const [path, text] of modulesOf(index, true)) {
    t.notMatch(compact(text), /node:|\bBuffer\b|\bprocess\b|\brequire\(/, path)
  }
})

t.test('what a page loads at first is below 8 KB, and everything below 14 KB', async (t) => {
  for (const [i, limit] of LIMITS_BYTES.entries()) {
    const { bytes, minified } = await sizeOf(index, i > 0)
    t.comment(`${bytes} bytes, ${minified ? 'minified' : 'not minified, for there is no esbuild here'}`)
    t.ok(bytes < (minified ? limit : 1.25 * limit), `${bytes} bytes`)
  }
  t.notMatch(
    [...modulesOf(index).keys()].join(),
    /socket-link|stream-link|run-watch/,
    'what few need comes later',
  )
})

t.test('TypeScript finds its types, however it looks for them', async (t) => {
  writeFileSync(
    join(consumer, 'use.ts'),
    `import { type Client, createClient, type Session, SyncKairosError } from '@synckairos/client'
import { useSession } from '@synckairos/client/react'
import { createReporter } from '@synckairos/client/reporter'

export const client: Client = createClient({ url: 'http://a.test', token: () => undefined })
export const status = async (id: string): Promise<Session['status']> => (await client.sessions.get(id)).status
export const code = (error: unknown) => (error instanceof SyncKairosError ? error.kind : null)
export const others = [useSession, createReporter]
// @ts-expect-error: there is no such mode
client.sessions.create({ session_id: '', sync_mode: 'other', participants: [] })
`,
  )
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const options = { module, moduleResolution, strict: true, noEmit: true, target: 'es2022', types: [] }
    const compilerOptions = { ...options, lib: ['es2022', 'dom'], skipLibCheck: false }
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
    t.same(await runTool(consumer, 'tsc', '-p', '.'), { ok: true, output: '' }, `${moduleResolution}`)
  }
})

t.test('a plain project imports it and plays with a real server', async (t) => {
  const app = await build(t)
  writeFileSync(
    join(consumer, 'play.js'),
    `import { createClient, newId } from '@synckairos/client'
const client = createClient({ url: process.argv[2] })
const session_id = newId()
const participants = [0, 1].map((participant_index) => ({ participant_id: newId(), participant_index, total_time_ms: 60000 }))
await client.sessions.create({ session_id, sync_mode: 'global', participants })
const live = client.session(session_id)
const updated = new Promise((resolve) => live.on('update', (state) => state.version === 3 && resolve(state)))
await client.sessions.start(session_id)
await client.sessions.switch(session_id)
console.log((await updated).active_participant_id === participants[1].participant_id)
client.close()
`,
  )
  const played = await runTool(consumer, 'node', 'play.js', `http://${await listen(app)}`)
  t.same(played, { ok: true, output: 'true\n' })
})
