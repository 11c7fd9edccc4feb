/**
 * The baseline of a start: a Fastify with the plugins of others that the server is made of, as they come, and one route.
 */
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import underPressure from '@fastify/under-pressure'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import fastifyMetrics from 'fastify-metrics'

const app = Fastify({ logger: { level: 'error' } })
await app.register(fastifyMetrics.default, { endpoint: '/metrics' })
await app.register(helmet)
await app.register(cors)
await app.register(rateLimit)
await app.register(underPressure)
await app.register(websocket)
await app.register(swagger)
await app.register(swaggerUi, { routePrefix: '/docs' })
for (const path of ['/health', '/ready']) app.get(path, async () => ({ status: 'ok' }))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => process.exit(0))
