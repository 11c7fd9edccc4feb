import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { usage } from './failure.ts'

/**
 * The settings of a file, by their environment names: a JSON object, or lines of NAME=value as in an .env file. A name
 * that no setting has is a mistake, unlike in the environment, which others use too.
 */
export function readConfigFile(path: string, known: ReadonlySet<string>): Record<string, string> {
  const text = readText(path).replace(/^\ufeff/, '')
  const settings = text.trimStart().startsWith('{') ? fromJson(path, text) : parseLines(text)
  const unknown = Object.keys(settings).filter((name) => !known.has(name))
  if (unknown.length > 0) throw usage(`${path}: no such setting: ${unknown.join(', ')}`)
  return settings
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw usage(`cannot read the configuration: ${(error as Error).message}`)
  }
}

function parseLines(text: string): Record<string, string> {
  return parseEnv(text) as Record<string, string>
}

function fromJson(path: string, text: string): Record<string, string> {
  let settings: object
  try {
    settings = JSON.parse(text) as object
  } catch (error) {
    throw usage(`${path}: ${(error as Error).message}`)
  }
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, asText(path, name, value)]),
  )
}

/** Lists stand for the comma-separated text that the environment has for them. */
function asText(path: string, name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => asText(path, name, each)).join(',')
  if (value === null || typeof value === 'object')
    throw usage(`${path}: ${name} must be text, a number or true or false`)
  return String(value)
}
