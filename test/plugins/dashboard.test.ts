import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { ROUTES } from '../../dashboard/routes.ts'
import dashboard from '../../plugins/dashboard/index.ts'
import { makeSite } from '../../plugins/dashboard/make-site.ts'
import { build } from '../helpers/app.ts'
import { bareServer } from '../helpers/http.ts'

const ROOT = pathToFileURL(`${import.meta.dirname}/../../`).href
const BUDGET_BYTES = 150_000
const MEMORY_BYTES = 2_000_000

/** What may be fetched to show a page. */
const referred = (text: string) =>
  [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"|url\('(\/assets\/[^']+)'\)/g)].map(
    ([, a, b]) => (a ?? b) as string,
  )

const importMap = (html: string): Record<string, string> =>
  JSON.parse(/<script type="importmap">(.*?)<\/script>/.exec(html)?.[1] ?? '{}').imports

async function get(app: FastifyInstance, url: string, headers: Record<string, string> = {}) {
  const response = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br', ...headers } })
  const { statusCode: status, rawPayload } = response
  const packed = response.headers['content-encoding'] === 'br'
  const text = (packed ? brotliDecompressSync(rawPayload) : rawPayload).toString('utf8')
  return { status, headers: response.headers, text, bytes: rawPayload.length }
}

t.test('the pages of the project', async (t) => {
  const { app } = await bareServer(t, (app) => app.register(dashboard))
  const addresses = ROUTES.map(({ path }) => path.replace(/:\w+/g, 'd8a8678a-d55f-4801-83d6-199b42fc040f'))

  t.test('come under a policy that lets nothing in from elsewhere, and nothing inline', async (t) => {
    for (const url of addresses) {
      const { status, headers, text } = await get(app, url)
      t.equal(status, 200, url)
      t.match(headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
      const policy = String(headers['content-security-policy'])
      t.match(policy, /default-src 'none'; script-src 'self' 'sha256-[^']+'; style-src 'self';/)
      t.notMatch(policy, /unsafe|https?:|\*/)
      const map = /<script type="importmap">(.*?)<\/script>/.exec(text)?.[1] ?? ''
      const hash = createHash('sha256').update(map).digest('base64')
      t.ok(policy.includes(`'sha256-${hash}'`), 'the import map is the one that the policy names')
      t.notMatch(text, /\sstyle=|\son\w+=|<style|<script>/)
    }
  })

  t.test('find all that they are made of, in less than 150 KB', async (t) => {
    for (const url of addresses) {
      const page = await get(app, url)
      let sum = page.bytes
      const wanted = new Set(referred(page.text))
      for (const path of wanted) {
        const asset = await get(app, path)
        t.equal(asset.status, 200, path)
        t.match(asset.headers['cache-control'], /immutable/)
        sum += asset.bytes
        if (path.endsWith('.css')) for (const each of referred(asset.text)) wanted.add(each)
      }
      t.ok(sum < BUDGET_BYTES, `${url} takes ${sum} bytes`)
      t.ok([...wanted].some((path) => path.endsWith('.woff2')))
    }
  })

  t.test('import only what is there, at once and later', async (t) => {
    const page = await get(app, addresses[0] as string)
    const map = importMap(page.text)
    const main = /type="module" src="([^"]+)"/.exec(page.text)?.[1] as string
    const pages = ROUTES.map(({ page }) => new URL(page, `http://x${main}`).pathname)
    const wanted = new Set([main, ...pages])
    for (const path of wanted) {
      const { status, text, headers } = await get(app, path)
      t.equal(status, 200, path)
      t.equal(headers['content-type'], 'text/javascript')
      if (path.includes('/vendor/')) continue
      for (const [, specifier = ''] of text.matchAll(/(?:^|\s)(?:from|import)\s?\(?'([^']+)'/gm)) {
        const target = specifier.startsWith('.')
          ? new URL(specifier, `http://x${path}`).pathname
          : map[specifier]
        t.ok(target, `${path} imports ${specifier}`)
        wanted.add(String(target))
      }
    }
    t.ok(wanted.size > 30)
  })

  t.test('are told from one another by name alone', async (t) => {
    const { text } = await get(app, addresses[0] as string)
    const main = /type="module" src="([^"]+)"/.exec(text)?.[1] as string
    const [, , hash] = main.split('/')
    const strange = [
      '/nothing',
      '/components/more',
      '/assets',
      `/assets/${hash}`,
      `/assets/${hash}/`,
      `/assets/${hash}/package.json`,
      `/assets/${hash}/dashboard/../package.json`,
      `/assets/${hash}/..%2f..%2fpackage.json`,
      `/assets/${hash}/%2e%2e/%2e%2e/server.ts`,
      `/assets/${hash}//etc/passwd`,
      main.replace(hash as string, 'AAAAAAAAAAAAAAAA'),
    ]
    for (const url of strange) {
      const { status, text } = await get(app, url)
      t.equal(status, 404, url)
      t.match(JSON.parse(text), { error: { code: 'NOT_FOUND' } })
    }
  })

  t.test('are not sent again to those who have them', async (t) => {
    const page = await get(app, '/components')
    const [asset] = referred(page.text) as [string]
    const tag = String(page.headers.etag)
    const again = await get(app, '/components', { 'if-none-match': `"other", ${tag}` })
    t.match(again, { status: 304, bytes: 0, headers: { etag: tag } })
    t.equal((await get(app, '/components', { 'if-none-match': '"other"' })).status, 200)
    for (const url of ['/components', asset]) {
      const { headers } = await get(app, url)
      const head = await app.inject({ method: 'HEAD', url, headers: { 'accept-encoding': 'br' } })
      t.equal(head.statusCode, 200)
      t.equal(head.body, '')
      t.equal(head.headers['content-length'], headers['content-length'])
    }
  })

  t.test('come as their reader can unpack them', async (t) => {
    const kinds = { br: 'br', gzip: 'gzip', 'gzip, br;q=0': 'gzip', deflate: undefined, 'br;q=0.5': 'br' }
    const texts = new Set<string>()
    for (const [accepted, encoding] of Object.entries(kinds)) {
      const { headers, rawPayload } = await app.inject({
        url: '/components',
        headers: { 'accept-encoding': accepted },
      })
      t.equal(headers['content-encoding'], encoding, accepted)
      t.equal(headers.vary, 'Accept-Encoding')
      const unpack = { br: brotliDecompressSync, gzip: gunzipSync }[encoding ?? ''] ?? Buffer.from
      texts.add(unpack(rawPayload).toString())
    }
    t.equal(texts.size, 1)
  })
})

t.test('all that is kept for the pages is less than 2 MB', async (t) => {
  const { assets, pages } = await makeSite({ root: ROOT, routes: [...ROUTES] })
  const bodies = [...assets.values(), ...pages.values()].flatMap(({ body }) => Object.values(body))
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0)
  t.ok(bytes < MEMORY_BYTES, `${bytes} bytes`)
})

t.test('what pages are made of is taken at its word, and tells nobody who refers to it', async (t) => {
  const app = await build(t)
  const { text } = await get(app, '/components')
  for (const url of referred(text)) {
    const { headers } = await get(app, url)
    t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }, url)
  }
})

t.test('pages count towards no rate limit', async (t) => {
  const app = await build(t, { RATE_LIMIT_GENERAL: 2 })
  const first = await get(app, '/components')
  t.equal(first.headers['ratelimit-remaining'], undefined)
  for (const url of referred(first.text).slice(0, 5)) t.equal((await get(app, url)).status, 200)
  t.equal((await get(app, '/v1/sessions')).headers['ratelimit-remaining'], '1')
})

t.test('a server with DASHBOARD=off has no pages', async (t) => {
  const app = await build(t, { DASHBOARD: 'off' })
  for (const url of ['/', '/components', '/assets/x/y']) {
    t.match(await get(app, url), { status: 404, text: /NOT_FOUND/ }, url)
  }
  t.equal((await get(app, '/health')).status, 200)
})
