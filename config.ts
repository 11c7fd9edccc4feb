import { isIP } from 'node:net'
import AjvCompiler from '@fastify/ajv-compiler'
import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { problemsOf, type SchemaError } from './plugins/http/problems.ts'
import { FROM_TEXT } from './plugins/http/validation.ts'

export type ConfigProblem = {
  key: string
  /** Never holds the value: it may be a secret. */
  problem: string
  example: string | null
}

type Environment = Record<string, string | undefined>

const list = (text: string) => text.split(',').map((part) => part.trim())

/** Values of the environment that JSON Schema has no word for: what they must be, and how that is told. */
const FORMATS: Record<string, { holds: (text: string) => boolean; problem: string }> = {
  'network-list': {
    holds: (text) => list(text).every(isNetwork),
    problem: 'must be addresses or CIDR ranges, separated by commas',
  },
  'origin-list': {
    holds: (text) => list(text).every((origin) => origin === '*' || isOrigin(origin)),
    problem:
      'must be * or origins (scheme://host, with the port where it is not the usual one), separated by commas',
  },
  'token-list': {
    holds: (text) => list(text).every((token) => /^[A-Za-z0-9._~+/=-]{16,}$/.test(token)),
    problem: 'must be tokens of at least 16 letters, digits or ._~+/=- each, separated by commas',
  },
}

/**
 * Reads the configuration from the environment: numbers from their text, defaults where nothing is set (an empty
 * variable counts as not set), other variables ignored. All that is wrong is reported at once.
 */
export function loadConfig<T extends TObject>(
  schema: T,
  env: Environment,
): { config: Static<T> } | { problems: ConfigProblem[] } {
  const set = Object.keys(schema.properties).filter((key) => env[key] !== undefined && env[key] !== '')
  const config = Object.fromEntries(set.map((key) => [key, env[key]]))
  const compile = AjvCompiler()({}, { customOptions: FROM_TEXT, onCreate: addFormats })
  const valid = (compile as unknown as (part: { schema: object }) => Validator)({ schema })
  if (valid(config)) return { config: config as Static<T> }
  const found = problemsOf(valid.errors ?? [], Number.POSITIVE_INFINITY)
  return { problems: found.map(({ field, message }) => explain(schema, field, message)) }
}

/** What a setting is when nobody sets it. */
export function defaultsOf<T extends TObject>(schema: T): Static<T> {
  const all = Object.entries(schema.properties).map(([key, { default: value }]) => [key, value])
  return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Static<T>
}

type Validator = { (data: object): boolean; errors?: SchemaError[] }

function addFormats(ajv: AjvCompiler.Ajv): void {
  for (const [name, { holds }] of Object.entries(FORMATS)) ajv.addFormat(name, holds)
}

function explain(schema: TObject, key: string, message: string): ConfigProblem {
  const { format, examples, default: fallback } = (schema.properties[key] ?? {}) as Partial<TSchema>
  const problem = /^must match format/.test(message) ? (FORMATS[String(format)]?.problem ?? message) : message
  const example = (examples as unknown[] | undefined)?.[0] ?? fallback
  return { key, problem, example: example === undefined ? null : String(example) }
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, '')
}
