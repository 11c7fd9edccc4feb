import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build, call } from '../helpers/app.ts'
import { listen } from '../helpers/realtime.ts'
import { startSession } from '../helpers/sessions.ts'
import { mustRun, runTool } from '../helpers/tool.ts'
import { installPackage, packPackage } from './built-package.ts'

const README = readFileSync(join(import.meta.dirname, '..', '..', 'sdk', 'README.md'), 'utf8')

const examples = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text)

const folder = t.testdir({ package: {}, consumer: {} })
const consumer = join(folder, 'consumer')
const tarball = await packPackage(join(folder, 'package'))
const PACKAGES = ['react', 'react-dom', 'scheduler', 'loose-envify', 'js-tokens']
await installPackage(consumer, tarball, [...PACKAGES, '@types/react', '@types/prop-types', 'csstype'])

t.test('the examples run one after the other, and print what they say', async (t) => {
  const app = await build(t)
  const scripts = examples('js')
  t.ok(scripts.length >= 9, 'the examples are found')
  const script = scripts.join('\n').replaceAll('http://127.0.0.1:3000', `http://${await listen(app)}`)
  writeFileSync(join(consumer, 'examples.js'), script)
  const { ok, output } = await runTool(consumer, 'node', 'examples.js')
  t.ok(ok, output)
  const printed = output.split('\n')
  for (const [line, promised = ''] of script.matchAll(/console\.log\(.*\) \/\/ (.+)$/gm)) {
    const at = printed.indexOf(promised)
    t.ok(at >= 0, line)
    if (at >= 0) printed.splice(at, 1)
  }
})

t.test('the example for React is right in its types, and its clock runs and is played', async (t) => {
  const [component = ''] = examples('tsx')
  writeFileSync(join(consumer, 'app.tsx'), component)
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', lib: ['es2024', 'dom'], jsx: 'react-jsx' },
    ...{ strict: true, types: [], skipLibCheck: false },
  }
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.tsx'] }))
  t.equal(await mustRun(consumer, 'tsc', '-p', '.'), '')

  const app = await build(t)
  const { id, url, players } = await startSession(app)
  const props = JSON.stringify({ id, participant: players[0] })
  writeFileSync(
    join(consumer, 'render.js'),
    `process.env.NODE_ENV = 'production'
globalThis.location = { origin: 'http://${await listen(app)}' }
const { createElement } = await import('react')
const { renderToString } = await import('react-dom/server')
const { App } = await import('./app.js')
console.log(renderToString(createElement(App, ${props})))

const { click, root } = await import(${JSON.stringify(join(import.meta.dirname, 'mini-dom.ts'))})
const { createRoot } = await import('react-dom/client')
createRoot(root).render(createElement(App, ${props}))
const shown = []
setInterval(async () => {
  const { textContent, firstChild } = root
  if (textContent !== shown.at(-1)) shown.push(textContent)
  if (firstChild?.disabled === '') {
    // It is shown at once, so the server is asked whether it has heard of it.
    const { data } = await (await fetch(location.origin + ${JSON.stringify(url)})).json()
    if (data.version < 3) return
    console.log(JSON.stringify(shown))
    process.exit()
  }
  if (shown.length === 5) click(firstChild)
}, 5)
`,
  )
  const [first, then = '[]'] = (await mustRun(consumer, 'node', 'render.js')).trim().split('\n')
  t.equal(first, '<p>loading</p>', 'on a server')
  const [loading, ...left] = JSON.parse(then) as string[]
  t.equal(loading, 'loading')
  t.ok(left.length >= 4 && left.every((text) => /^\d+\.\d s$/.test(text)), then)
  const seconds = left.map((text) => Number.parseFloat(text))
  t.ok((seconds[0] as number) > (seconds.at(-1) as number), 'it counts down')
  t.match((await call(app, 'GET', url)).body.data, { version: 3, active_participant_id: players[1] })
})
