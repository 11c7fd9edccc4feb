import { readdirSync } from 'node:fs'

/** `npm run bench -- NAME [options]` runs bench/NAME.ts; without a name it lists them. */
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
const [name = '', ...rest] = process.argv.slice(2)

if (names.includes(name)) {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest)
  await import(`./${name}.ts`)
} else {
  console.error(`usage: npm run bench -- NAME [options], with NAME one of: ${names.join(', ')}`)
  process.exitCode = 2
}
