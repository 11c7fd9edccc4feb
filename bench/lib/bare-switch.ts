/**
 * The baseline of a switch: Fastify alone, with the schemas of the route and an answer like its own; with BARE_REDIS_URL
 * also one Redis script that writes a document of that size. Prints its port.
 */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { Data } from '../../schemas/common.ts'
import { failures } from '../../schemas/error.ts'
import { SwitchResultSchema, SwitchSchema } from '../../schemas/session.ts'
import { BARE_SCRIPT } from './bare-script.ts'

const url = process.env.BARE_REDIS_URL
const redis = url ? new Redis(url, { enableAutoPipelining: false }) : null
const sha = (await redis?.script('LOAD', BARE_SCRIPT)) as string
const prefix = `bench${randomUUID().slice(0, 8)}`

const participant = (participant_index: number) => ({
  participant_id: randomUUID(),
  participant_index,
  granted_time_ms: 300_000,
  total_time_ms: 299_000,
  time_used_ms: 1000,
  time_remaining_ms: 299_000,
  overtime_ms: 0,
  cycle_count: 1,
  is_active: participant_index === 0,
  has_expired: false,
})
const participants = [participant(0), participant(1)]
const document = JSON.stringify({ participants, metadata: 'x'.repeat(250) })

const app = Fastify({
  logger: false,
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
})
app.post(
  '/v1/sessions/:id/switch',
  {
    schema: {
      params: Type.Object({ id: Type.String() }),
      body: SwitchSchema,
      response: { 200: Data(SwitchResultSchema), ...failures },
    },
    preValidation: (request, _reply, done) => {
      request.body ??= {}
      done()
    },
  },
  async (request) => {
    const { id } = request.params as { id: string }
    if (redis) await redis.evalsha(sha, 1, `${prefix}:${id}`, document)
    return {
      data: {
        session_id: id,
        version: 2,
        active_participant_id: participants[0]?.participant_id,
        cycle_started_at: new Date().toISOString(),
        participants,
        status: 'running',
      },
    }
  },
)
app.get('/health', async () => ({ status: 'ok' }))
app.get('/ready', async () => ({ status: 'ready' }))
await app.listen({ port: Number(process.env.PORT ?? 0) })
console.log((app.server.address() as AddressInfo).port)
process.once('SIGTERM', () => process.exit(0))
