import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import dashboard from '../../plugins/dashboard/index.ts'
import { makeSite } from '../../plugins/dashboard/make-site.ts'
import { bareServer } from '../helpers/http.ts'
import { until } from '../helpers/until.ts'

const ROUTES = [{ path: '/', title: 'Test', page: './pages/test/test.ts' }]
const STYLES = ['tokens', 'base', 'header', 'page', 'basics', 'fields', 'table', 'data', 'overlays']

type Test = Parameters<typeof bareServer>[0]

/** A dashboard of a few lines, and how to change it. */
function smallDashboard(t: Test, main = `import './lib/a.ts'\n`) {
  const folder = t.testdir({
    sdk: { 'index.ts': 'export const sdk: number = 1\n' },
    dashboard: {
      'main.ts': main,
      'theme.ts': 'const a: string = 1\n',
      'icon.svg': '<svg/>',
      fonts: { 'inter.woff2': 'letters' },
      'manifest.webmanifest': '{}',
      lib: { 'a.ts': `import { sdk } from '../../sdk/index.ts'\nexport const a = sdk\n` },
      pages: { test: { 'test.ts': 'export default () => null\n', 'test.css': '.test { color: red; }\n' } },
      styles: Object.fromEntries(
        STYLES.map((name) => [`${name}.css`, `/* ${name} */ .${name} { top: 0; }\n`]),
      ),
    },
  })
  let changes = 0
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    // Two changes within the same ms would look like one.
    const at = Date.now() / 1000 + 10 * ++changes
    utimesSync(path, at, at)
  }
  return { root: `${pathToFileURL(folder).href}/`, folder, write }
}

async function serve(t: Test, root: string) {
  const { app, clock, log } = await bareServer(t, (app) => app.register(dashboard, { root, routes: ROUTES }))
  const read = async (url: string) => {
    const { statusCode: status, body } = await app.inject(url)
    return { status, body }
  }
  const main = async () => /type="module" src="([^"]+)"/.exec((await read('/')).body)?.[1] as string
  return { read, main, log, later: () => clock.advance(1000) }
}

t.test('a changed file is served at the next page load, under a new address', async (t) => {
  const { root, write } = smallDashboard(t)
  const { read, main, later } = await serve(t, root)
  const before = await main()
  t.equal(await main(), before, 'nothing changed')
  await later()
  t.equal(await main(), before, 'nothing changed for longer')

  write('sdk/index.ts', 'export const sdk: string = "new"\n')
  await later()
  const after = await main()
  t.not(after, before)
  const sdk = (address: string) => address.replace('dashboard/main.ts', 'sdk/index.ts')
  t.match((await read(sdk(after))).body, /new/)
  t.match((await read(sdk(before))).body, /= 1/, 'who has the page before goes on with its files')

  write('dashboard/pages/test/more.css', '.more { color: blue; }\n')
  await later()
  const styles = (await main()).replace('main.ts', 'pages/test/page.css')
  t.match((await read(styles)).body, /\.more \{[\s\S]+\.test \{/)
  t.equal((await read(before)).status, 404, 'of older ones nothing is kept')
})

t.test('types and comments are not sent, and lines keep their numbers', async (t) => {
  const { root, folder } = smallDashboard(
    t,
    `/**\n * About it.\n */\nimport type { A } from './lib/none.ts'\n  // why\nexport const a = 'a // b' as unknown as A\n`,
  )
  const { read, main } = await serve(t, root)
  const { body } = await read(await main())
  t.notMatch(body, /About|why|unknown|none/)
  t.match(body.split('\n')[5], /^export const a = 'a \/\/ b'/)
  t.match(readFileSync(join(folder, 'dashboard/main.ts'), 'utf8'), /About/, 'the file stays as it is')
})

t.test('a file that cannot be served fails the page until it is mended', async (t) => {
  const { root, write } = smallDashboard(t)
  const { read, main, log, later } = await serve(t, root)
  write('dashboard/lib/a.ts', 'enum A { b }\n')
  t.match(await read('/'), { status: 500, body: /INTERNAL_ERROR/ })
  t.match(JSON.stringify(log), /dashboard\/lib\/a\.ts cannot be served/)
  t.equal((await read('/assets/x/dashboard/main.ts')).status, 500)
  write('dashboard/lib/a.ts', 'export {}\n')
  t.ok(await main())
  write('dashboard/lib/a.ts', 'enum A { b }\n')
  await later()
  t.equal((await read('/')).status, 500)
})

t.test('what pages may not import is named', async (t) => {
  const wrong: [text: string, message: RegExp][] = [
    [`import 'fastify'\n`, /fastify is not among the packages that pages may import/],
    [`import '../../outside.ts'\n`, /dashboard\/main\.ts imports \.\.\/\.\.\/outside\.ts, which is not part/],
    [`import('./lib/missing.ts')\n`, /ENOENT.*missing\.ts/],
  ]
  for (const [text, message] of wrong) {
    const { root } = smallDashboard(t, text)
    await t.rejects(makeSite({ root, routes: ROUTES }), { message }, text)
  }
})

t.test(
  'the pages are made soon after the start, and a server that stops before does not begin',
  async (t) => {
    const started = async () => {
      const root = `${pathToFileURL(t.testdir()).href}/nothing/`
      const bare = await bareServer(t, (app) => app.register(dashboard, { root, routes: ROUTES }))
      await bare.app.listen({ port: 0 })
      return bare
    }
    const { clock, log } = await started()
    const failure = () => log.find(({ msg }) => msg === 'the pages cannot be made')
    clock.advance(499)
    t.notOk(failure())
    clock.advance(1)
    await until(failure, Boolean)

    const stopped = await started()
    await stopped.app.close()
    t.equal(stopped.clock.waiting, 0)
  },
)
