import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigSchema } from '../app.ts'

const README = join(import.meta.dirname, '..', 'README.md')
const SECTION = /(<!-- configuration -->\n)[\s\S]*?(<!-- \/configuration -->)/

export const readme = (): string => readFileSync(README, 'utf8')

/** README.md with the table of settings as the code has them. */
export function withConfiguration(text: string): string {
  const rows = Object.entries(ConfigSchema.properties).map(([name, schema]) => {
    const { default: value = '', description = '' } = schema as { default?: unknown; description?: string }
    return `| \`${name}\` | ${value === '' ? '' : `\`${value}\``} | ${description.replaceAll('|', '\\|')} |`
  })
  const table = ['| variable | default | |', '|---|---|---|', ...rows].join('\n')
  return text.replace(SECTION, (_, open: string, close: string) => `${open}\n${table}\n\n${close}`)
}

if (process.argv[1] === import.meta.filename) writeFileSync(README, withConfiguration(readme()))
