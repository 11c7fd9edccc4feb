import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Parser } from '@asyncapi/parser'
import { FormatRegistry, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import examples from '../../../plugins/asyncapi/examples.json' with { type: 'json' }
import { Close } from '../../../plugins/realtime/protocol.ts'
import { ClientMessages, ServerMessages } from '../../../schemas/realtime.ts'
import { RunEvents, RunFeedReset } from '../../../schemas/run-feed.ts'
import { build, call } from '../../helpers/app.ts'
import { record } from './record.ts'

const EXAMPLES = join(import.meta.dirname, '../../../plugins/asyncapi/examples.json')

const URL = '/docs/asyncapi'

FormatRegistry.Set('uuid', (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text))
FormatRegistry.Set('date-time', (text) => new Date(text).toISOString() === text)

t.test('the document is valid AsyncAPI 3', async (t) => {
  const app = await build(t)
  const { status, body } = await call(app, 'GET', URL)
  t.equal(status, 200)
  t.equal(body.asyncapi, '3.0.0')
  const { document, diagnostics } = await new Parser().parse(body)
  // 3.0 is what most tools read; that there is a newer one is no mistake.
  const problems = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')
  t.strictSame(
    problems.map(({ code, message, path }) => [code, message, path.join('.')]),
    [],
  )
  t.strictSame(
    document
      ?.channels()
      .all()
      .map((channel) => channel.address()),
    ['/v1/ws', '/v1/sessions/{session_id}/events', '/v1/runs/ws', '/v1/runs/events'],
  )
})

t.test('it has every message that there is, and no other', async (t) => {
  const app = await build(t)
  const { components, channels, operations } = (await call(app, 'GET', URL)).body
  const named = (side: string, schemas: object) => Object.keys(schemas).map((type) => `${side}.${type}`)
  const client = named('client', ClientMessages)
  const server = named('server', ServerMessages)
  const run = named('run', { ...RunEvents, reset: true })
  t.strictSame(Object.keys(components.messages).sort(), [...client, ...server, ...run].sort())
  t.strictSame(Object.keys(channels.sessionSocket.messages).sort(), [...client, ...server].sort())
  t.strictSame(Object.keys(channels.sessionEvents.messages).sort(), [
    'server.SESSION_DELETED',
    'server.STATE_DELTA',
    'server.STATE_SYNC',
    'server.STATE_UPDATE',
  ])
  t.strictSame(Object.keys(channels.runEvents.messages).sort(), run.toSorted())
  const asked = ['client.PING', ...run, 'server.PONG']
  t.strictSame(Object.keys(channels.runSocket.messages).sort(), asked.toSorted())
  for (const [action, expected] of [
    ['receive', client],
    ['send', server],
  ] as const) {
    const used = Object.values(operations as Record<string, { action: string; messages: { $ref: string }[] }>)
      .filter((operation) => operation.action === action)
      .flatMap(({ messages }) => messages.map(({ $ref }) => $ref))
    for (const name of expected) t.ok(used.includes(`#/channels/sessionSocket/messages/${name}`), name)
  }
  for (const [code, reason] of Object.values(Close)) {
    t.ok(channels.sessionSocket.description.includes(`${code} ${reason}`), reason)
  }
  t.match(components.messages['server.STATE_SYNC'].payload.properties.state, {
    $ref: '#/components/schemas/Session',
  })
})

t.test('the examples are what is really said (UPDATE_EXAMPLES=1 writes them anew)', async (t) => {
  const recorded = await record(t)
  if (process.env.UPDATE_EXAMPLES) writeFileSync(EXAMPLES, `${JSON.stringify(recorded, null, 2)}\n`)
  else t.strictSame(recorded, examples)
  const schemas = {
    client: ClientMessages,
    server: ServerMessages,
    run: { ...RunEvents, reset: RunFeedReset },
  }
  for (const [side, messages] of Object.entries(recorded)) {
    const known: Record<string, TSchema> = schemas[side as keyof typeof schemas]
    t.strictSame(Object.keys(messages).sort(), Object.keys(known).sort())
    for (const [type, schema] of Object.entries(known)) {
      t.strictSame([...Value.Errors(schema, messages[type])], [], `${side}.${type} is as declared`)
    }
  }
})

t.test('who has the document is not sent it again', async (t) => {
  const app = await build(t)
  const first = await call(app, 'GET', URL)
  const { etag } = first.headers
  t.match(first.headers, { 'content-type': /^application\/json/, 'cache-control': 'no-cache' })
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await call(app, 'GET', URL, undefined, { 'if-none-match': tag })
    t.strictSame([again.status, again.body], [304, ''], tag)
  }
  t.equal((await call(app, 'GET', URL, undefined, { 'if-none-match': '"other"' })).status, 200)
  t.match((await call(app, 'GET', '/docs/json')).body.info.description, '/docs/asyncapi')
})
