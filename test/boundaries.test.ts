import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseSource, RULES, violations } from './boundaries.ts'

const ROOT = join(import.meta.dirname, '..')
const UNREAD = ['node_modules', '.tap', '.git', 'data', 'dist']

/** A file that breaks a rule, and how it might do the same without; null where the file itself is the mistake. */
const SAMPLES: [path: string, wrong: string, right: string | null][] = [
  ['engine/run/state.ts', `import { readFileSync } from 'node:fs'`, `import { f } from '../errors.ts'`],
  [
    'schemas/run.ts',
    `import type { S } from '../engine/run/state.ts'`,
    `import { Type } from '@sinclair/typebox'`,
  ],
  [
    'routes/runs/list.ts',
    `import { s } from '../../plugins/runs/service.ts'`,
    `import type { S } from '../../plugins/runs/service.ts'`,
  ],
  [
    'plugins/runs/index.ts',
    `import { s } from '../sessions/service.ts'`,
    `import type { S } from '../sessions/service.ts'`,
  ],
  ['sdk/client.ts', `import type { S } from '../schemas/run.ts'`, `import type { S } from './types.ts'`],
  ['deploy/check.ts', `import { buildApp } from '../app.ts'`, `import { defaultsOf } from '../config.ts'`],
  [
    'cli/main.ts',
    `const { buildApp } = await import('../app.ts')`,
    `const { x } = await import('../sdk/client.ts')`,
  ],
  [
    'demo/lib/time.ts',
    `import { c } from '../../plugins/clock.ts'`,
    `import { c } from '../../sdk/index.ts'`,
  ],
  ['demo/lib/host.ts', `import { c } from '../../config.ts'`, `import { buildApp } from '../../app.ts'`],
  ['dashboard/main.ts', `import { S } from '../schemas/run.ts'`, `import { c } from '../sdk/index.ts'`],
  ['dashboard/routes.ts', `import { html } from './lib/html.ts'`, `export const ROUTES = []`],
  ['plugins/auth.ts', `const port = process.env.PORT`, `// not process.env.PORT`],
  ['plugins/auth.ts', `const { env } = process`, `const { pid } = options.process`],
  ['plugins/auth.ts', `import { env } from 'node:process'`, `import { pid } from 'node:process'`],
  ['plugins/auth.ts', `const now = Date.now()`, `const at = new Date(now).toISOString()`],
  ['routes/time.ts', `setTimeout(f, 10)`, `clock.at(10, f)`],
  ['plugins/auth.ts', `import { setInterval } from 'node:timers/promises'`, ` * setTimeout() counts in ms`],
  ['test/long.test.ts', 'f()\n'.repeat(301), 'f()\n'.repeat(300)],
  ['helpers.ts', '', null],
]

t.test('every file keeps to the boundaries', async (t) => {
  const files = globSync('**/*.ts', { cwd: ROOT, exclude: (name) => UNREAD.includes(name) })
  t.ok(files.length > 50, 'the files are found')
  const found = files.flatMap((path) => violations(parseSource(path, readFileSync(join(ROOT, path), 'utf8'))))
  t.same(found, [])
})

t.test('every rule can fail, and lets pass what is right', async (t) => {
  const broken = new Set<string>()
  for (const [path, wrong, right] of SAMPLES) {
    const found = violations(parseSource(path, wrong))
    t.equal(found.length, 1, `${path}: ${wrong.slice(0, 60)}`)
    for (const rule of RULES) if (found[0]?.startsWith(`${path}: ${rule.name}: `)) broken.add(rule.name)
    if (right !== null) t.same(violations(parseSource(path, right)), [], `${path}: ${right.slice(0, 60)}`)
  }
  t.same([...broken].sort(), RULES.map((rule) => rule.name).sort())
})

t.test('imports are recognised in every form', async (t) => {
  const forms: [text: string, target: string, type: boolean][] = [
    [`import './b.ts'`, 'a/b.ts', false],
    [`import b from '../b.ts'`, 'b.ts', false],
    [`import * as b from './b.ts'`, 'a/b.ts', false],
    [`import b, {\n  c,\n  type D,\n} from './b.ts'`, 'a/b.ts', false],
    [`import type {\n  C,\n} from './b.ts'`, 'a/b.ts', true],
    [`export { b } from './b.ts'`, 'a/b.ts', false],
    [`export type * from './b.ts'`, 'a/b.ts', true],
    [`const b = await import('./b.ts')`, 'a/b.ts', false],
    [`type B = typeof import('./b.ts')`, 'a/b.ts', true],
    [`import fp from "fastify-plugin"`, 'fastify-plugin', false],
  ]
  for (const [text, target, type] of forms) {
    t.match(parseSource('a/a.ts', text).imports, [{ target, type }], text)
  }
  t.same(parseSource('a/a.ts', `export const from = './b.ts'\nconst x = 'import'`).imports, [])
})
