import type { FastifyPluginAsync } from 'fastify'
import fastifyMetrics from 'fastify-metrics'
import fp from 'fastify-plugin'
import metricsRoutes from '../routes/metrics.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Stays open as long as its client likes (SSE, WebSocket): counted, but its duration means nothing. */
    stream?: boolean
  }
}

const plugin: FastifyPluginAsync = async (app) => {
  await app.register(fastifyMetrics.default, {
    endpoint: null,
    defaultMetrics: { enabled: false },
    routeMetrics: { enabled: false },
  })
  // The client's own registry is one for the whole process, in which two apps (in tests) would meet.
  const register = new app.metrics.client.Registry()
  const client = { ...app.metrics.client, register }
  app.metrics.client = client
  client.collectDefaultMetrics({ register })

  const labelNames = ['method', 'route', 'status_code'] as const
  const requests = new client.Counter({
    name: 'synckairos_http_requests_total',
    help: 'Requests that were answered',
    labelNames,
    registers: [register],
  })
  const durations = new client.Histogram({
    name: 'synckairos_http_request_duration_ms',
    help: 'Time from the arrival of a request to the end of its answer, in ms, streams left out',
    labelNames,
    buckets: [1, 2, 3, 5, 10, 25, 50, 100, 250, 500, 1000, 2500],
    registers: [register],
  })

  app.addHook('onResponse', async (request, reply) => {
    const { url, config } = request.routeOptions
    // Clients choose what they ask for: an address without a route must not become a series of its own.
    const labels = { method: request.method, route: url ?? 'unknown', status_code: reply.statusCode }
    requests.inc(labels)
    if (!config.stream) durations.observe(labels, reply.elapsedTime)
  })
  await app.register(metricsRoutes)
}

export default fp(plugin, { name: 'metrics', dependencies: ['errors'] })
