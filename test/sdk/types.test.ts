import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runTool } from '../helpers/tool.ts'
import { TYPES, typeFiles } from './types.ts'

const ROOT = join(import.meta.dirname, '..', '..')

t.test('the types of the package are those of the schemas', async (t) => {
  for (const [file, text] of typeFiles()) {
    const written = readFileSync(join(ROOT, 'sdk', file), 'utf8')
    t.equal(written, text, `sdk/${file}: write it anew by npm run sdk:types`)
  }
  const index = readFileSync(join(ROOT, 'sdk/types.ts'), 'utf8')
  t.equal(
    index,
    [...typeFiles().keys()]
      .sort()
      .map((file) => `export type * from './${file}'\n`)
      .join(''),
  )
})

t.test('each type takes what its schema takes, and the other way round', async (t) => {
  const names = Object.entries(TYPES).flatMap(([file, table]) =>
    Object.keys(table).map((name) => [`(typeof TYPES)['${file}']['${name}']`, name]),
  )
  const folder = t.testdir({
    'tsconfig.json': JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      // A schema cannot tell a field that is undefined from one that is not there, and neither can JSON.
      compilerOptions: { exactOptionalPropertyTypes: false },
      include: ['*.ts'],
      exclude: [],
    }),
    'same.ts': [
      `import type { Static } from '@sinclair/typebox'`,
      `import type * as sdk from '${ROOT}/sdk/types.ts'`,
      `import type { TYPES } from '${ROOT}/test/sdk/types.ts'`,
      ...names.flatMap(([schema, name]) => [
        `export const give${name} = (given: Static<${schema}>): sdk.${name} => given`,
        `export const take${name} = (given: sdk.${name}): Static<${schema}> => given`,
      ]),
    ].join('\n'),
  })
  t.same(await runTool(folder, 'tsc'), { ok: true, output: '' })
  writeFileSync(
    join(folder, 'wrong.ts'),
    `import type { Session } from '${ROOT}/sdk/types.ts'\nexport const session: Session = {}`,
  )
  const { output } = await runTool(folder, 'tsc')
  t.match(output, /is missing the following properties/, 'and what differs would be found')
})
