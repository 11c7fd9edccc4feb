import type { FastifyInstance } from 'fastify'
import type { Figures } from '../../schemas/presence.ts'
import type { Clock } from '../clock.ts'

type Registry = FastifyInstance['metrics']['client']['register']

/** One series of a metric, as the registry gives it. */
type Series = { value: number; metricName?: string; labels: Record<string, string | number | undefined> }

/** What was counted up to an instant. `took`: how many requests took at most as long as each of the bounds. */
type Sample = {
  at: number
  requests: number
  switches: number
  errors: number
  took: Map<number, number>
  cpu_us: number
}

type Options = {
  register: Registry
  clock: Clock
  /** Mean delay of the event loop, in ms. */
  eventLoopDelay(): number
  /** Figures that are not in this process; null when they are not known. */
  pending(): Pick<Figures, 'outbox_pending' | 'jobs_pending'>
}

/** What rates and percentiles are about, in ms. */
const WINDOW_MS = 10_000
const SWITCH_ROUTE = '/v1/sessions/:id/switch'

/** The state of this process in a few figures, out of what its metrics count anyway. Each call is a sample. */
export function createFigures({ register, clock, eventLoopDelay, pending }: Options) {
  const samples: Sample[] = []

  const seriesOf = async (name: string): Promise<Series[]> =>
    ((await register.getSingleMetric(name)?.get())?.values ?? []) as Series[]

  async function sample(): Promise<Sample> {
    const [answered, durations] = await Promise.all([
      seriesOf('synckairos_http_requests_total'),
      seriesOf('synckairos_http_request_duration_ms'),
    ])
    const status = ({ labels }: Series) => Number(labels.status_code)
    const took = new Map<number, number>()
    for (const { metricName, labels, value } of durations) {
      if (!metricName?.endsWith('_bucket')) continue
      const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)
      took.set(bound, (took.get(bound) ?? 0) + value)
    }
    const { user, system } = process.cpuUsage()
    return {
      at: clock.now(),
      requests: sum(answered),
      switches: sum(answered.filter((one) => one.labels.route === SWITCH_ROUTE && status(one) < 300)),
      errors: sum(answered.filter((one) => status(one) >= 500)),
      took,
      cpu_us: user + system,
    }
  }

  /** Adds up the series that have this label. */
  const gauge = async (name: string, label?: Record<string, string>): Promise<number> => {
    const wanted = Object.entries(label ?? {})
    return sum((await seriesOf(name)).filter(({ labels }) => wanted.every(([key, of]) => labels[key] === of)))
  }

  return async (): Promise<Figures> => {
    const latest = await sample()
    samples.push(latest)
    while ((samples[1]?.at ?? latest.at) <= latest.at - WINDOW_MS) samples.shift()
    const first = samples[0] ?? latest
    const elapsed_s = (latest.at - first.at) / 1000
    const rate = (count: number) => (elapsed_s > 0 ? rounded(count / elapsed_s) : 0)
    const quantile = (q: number) => quantileOf(q, first.took, latest.took)
    const [ws, sse, run_ws, run_sse, subscriptions] = await Promise.all([
      gauge('synckairos_sockets', { transport: 'ws' }),
      gauge('synckairos_sockets', { transport: 'sse' }),
      gauge('synckairos_run_readers', { transport: 'ws' }),
      gauge('synckairos_run_readers', { transport: 'sse' }),
      gauge('synckairos_realtime_subscriptions'),
    ])
    const { heapUsed, rss } = process.memoryUsage()
    const lag = eventLoopDelay()
    return {
      requests_per_second: rate(latest.requests - first.requests),
      switches_per_second: rate(latest.switches - first.switches),
      errors_per_second: rate(latest.errors - first.errors),
      p50_ms: quantile(0.5),
      p99_ms: quantile(0.99),
      // Before its first measurement it is infinite, which JSON has no word for.
      event_loop_lag_ms: Number.isFinite(lag) ? rounded(lag) : 0,
      cpu_percent: rate((latest.cpu_us - first.cpu_us) / 10_000),
      heap_bytes: heapUsed,
      rss_bytes: rss,
      sockets: ws + run_ws,
      streams: sse + run_sse,
      subscriptions,
      ...pending(),
    }
  }
}

/**
 * What a share `q` of the values between two samples came to at most, as if they lay evenly within their bucket; above
 * the last bound that bound, null when there was none.
 */
export function quantileOf(
  q: number,
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): number | null {
  let [lower, below] = [0, 0]
  const total = (after.get(Number.POSITIVE_INFINITY) ?? 0) - (before.get(Number.POSITIVE_INFINITY) ?? 0)
  if (total <= 0) return null
  for (const bound of [...after.keys()].sort((a, b) => a - b)) {
    const count = (after.get(bound) ?? 0) - (before.get(bound) ?? 0)
    if (count >= q * total) {
      if (bound === Number.POSITIVE_INFINITY) break
      return rounded(lower + ((bound - lower) * (q * total - below)) / (count - below))
    }
    lower = bound
    below = count
  }
  return rounded(lower)
}

const sum = (series: Series[]) => series.reduce((total, { value }) => total + value, 0)

const rounded = (value: number) => Math.round(value * 10) / 10
