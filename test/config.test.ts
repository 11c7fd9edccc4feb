import { Type } from '@sinclair/typebox'
import t from 'tap'
import { type ConfigProblem, loadConfig } from '../config.ts'
import { AuthConfigSchema } from '../plugins/auth.ts'
import { HttpConfigSchema } from '../plugins/http/options.ts'
import { SecurityConfigSchema } from '../plugins/security.ts'

const schema = Type.Composite([HttpConfigSchema, AuthConfigSchema, SecurityConfigSchema])
type Loaded = { config?: Record<string, unknown>; problems?: ConfigProblem[] }
const load = (env: Record<string, string | undefined>): Loaded => loadConfig(schema, env)
const problems = (env: Record<string, string>) => load(env).problems ?? []

t.test('nothing set gives the defaults', async (t) => {
  const { config } = load({ PATH: '/bin', UNSET: undefined })
  t.match(config, {
    PORT: 3000,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    BODY_LIMIT_BYTES: 65_536,
    REQUEST_TIMEOUT_MS: 10_000,
    SHUTDOWN_DELAY_MS: 0,
    OVERLOAD_EVENT_LOOP_DELAY_MS: 1000,
    OVERLOAD_EVENT_LOOP_UTILIZATION: 0,
    OVERLOAD_HEAP_BYTES: 0,
  })
  t.notOk('TRUST_PROXY' in (config ?? {}))
})

t.test('numbers are read from their text, and an empty variable is one that is not set', async (t) => {
  t.match(load({ PORT: '8080', HOST: '', CORS_ORIGIN: '', LOG_LEVEL: 'debug' }).config, {
    PORT: 8080,
    HOST: '127.0.0.1',
    CORS_ORIGIN: undefined,
    LOG_LEVEL: 'debug',
  })
})

t.test('all that is wrong is told at once, with an example, and without the values', async (t) => {
  const env = {
    PORT: '70000',
    LOG_LEVEL: 'chatty',
    REQUEST_TIMEOUT_MS: 'soon',
    TRUST_PROXY: '1',
    AUTH_TOKENS: 'short-secret',
    CORS_ORIGIN: 'example.org',
    OVERLOAD_HEAP_BYTES: '-1',
  }
  const found = problems(env)
  t.strictSame(found.map(({ key }) => key).sort(), Object.keys(env).sort())
  const by = Object.fromEntries(found.map((each) => [each.key, each]))
  t.match(by.PORT, { problem: 'must be <= 65535', example: '3000' })
  t.match(by.LOG_LEVEL, { problem: /^must be one of "fatal", "error", / })
  t.match(by.REQUEST_TIMEOUT_MS, { problem: 'must be integer', example: '10000' })
  t.match(by.TRUST_PROXY, { problem: /addresses or CIDR ranges/, example: '10.0.0.0/8,fd00::/8' })
  t.match(by.AUTH_TOKENS, { problem: /tokens of at least 16/ })
  t.notOk(JSON.stringify(found).includes('short-secret'))
})

t.test('lists are checked entry by entry', async (t) => {
  const good = [
    { TRUST_PROXY: '127.0.0.1' },
    { TRUST_PROXY: '10.0.0.0/8, fd00::/8,::1' },
    { CORS_ORIGIN: '*' },
    { CORS_ORIGIN: 'https://a.example, http://localhost:5173/' },
    { AUTH_TOKENS: 'kM3vQ8xR2tY7wB5n, another-token-that-is-long' },
  ]
  const bad = [
    { TRUST_PROXY: '10.0.0.0/33' },
    { TRUST_PROXY: '10.0.0.0/8/8' },
    { TRUST_PROXY: 'fd00::/129' },
    { TRUST_PROXY: '10.0.0.0/8,' },
    { TRUST_PROXY: 'true' },
    { CORS_ORIGIN: 'https://a.example/path' },
    { CORS_ORIGIN: 'https://a.example,,' },
    { CORS_ORIGIN: 'localhost:5173' },
    { AUTH_TOKENS: 'kM3vQ8xR2tY7wB5n,short' },
    { AUTH_TOKENS: 'with spaces inside the token' },
  ]
  for (const env of good) t.strictSame(problems(env), [], JSON.stringify(env))
  for (const env of bad) t.equal(problems(env).length, 1, JSON.stringify(env))
})

t.test('the schema itself is left as it was', async (t) => {
  load({})
  t.notOk('additionalProperties' in schema)
})

t.test('a schema that makes no sense is an error, not a problem of the environment', async (t) => {
  t.throws(
    () => loadConfig(Type.Object({ A: Type.String({ format: 'unheard-of' }) }), { A: 'x' }),
    /unknown format/,
  )
})
