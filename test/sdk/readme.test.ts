import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../helpers/app.ts'
import { listen } from '../helpers/realtime.ts'
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

t.test('the example for React is right in its types, and renders', async (t) => {
  const [component = ''] = examples('tsx')
  writeFileSync(join(consumer, 'app.tsx'), component)
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', lib: ['es2024', 'dom'], jsx: 'react-jsx' },
    ...{ strict: true, types: [], skipLibCheck: false },
  }
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.tsx'] }))
  t.equal(await mustRun(consumer, 'tsc', '-p', '.'), '')
  writeFileSync(
    join(consumer, 'render.js'),
    `import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { App } from './app.js'
console.log(renderToString(createElement(App, { id: '${crypto.randomUUID()}', participant: 'x' })))
process.exit()
`,
  )
  t.equal((await mustRun(consumer, 'node', 'render.js')).trim(), '<p>loading</p>')
})
