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

type Counting = { inc(): void }
type Observing = { observe(value: number): void }

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

  // The series of a label set are looked up once: the hashing of labels costs more than the counting.
  const series = new Map<string, { requests: Counting; durations: Observing }>()
  const seriesOf = (method: string, route: string, status_code: number) => {
    const name = `${method} ${status_code} ${route}`
    const known = series.get(name)
    if (known) return known
    const labels = { method, route, status_code }
    const made = { requests: requests.labels(labels), durations: durations.labels(labels) }
    series.set(name, made)
    return made
  }

  app.addHook('onResponse', (request, reply, done) => {
    const { url, config } = request.routeOptions
    // Clients choose what they ask for: an address without a route must not become a series of its own.
    const { requests, durations } = seriesOf(request.method, url ?? 'unknown', reply.statusCode)
    requests.inc()
    if (!config.stream) durations.observe(reply.elapsedTime)
    done()
  })
  await app.register(metricsRoutes)
}

export default fp(plugin, { name: 'metrics', dependencies: ['errors'] })
