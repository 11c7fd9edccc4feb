import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** How long a busy server is left alone. */
const BUSY_MS = 500

const agent = new Agent({ keepAlive: true })

function post(base: string, path: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${base}${path}`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)),
    )
    call.once('error', reject).end(JSON.stringify(body))
  })
}

const metricsOf = (n: number) => ({
  block: 1000 * n,
  slot: 1100 * n,
  exec_peers: Math.floor(50 * Math.random()),
  cons_peers: Math.floor(60 * Math.random()),
  exec_sync_percent: n / 1000,
  cons_sync_percent: n / 1000,
  exec_version: 'Geth/v1.16.2-stable/linux-amd64/go1.24',
  cons_version: 'Lighthouse/v7.1.0/x86_64-linux',
  exec_disk_usage: 1e9 * n,
  cons_disk_usage: 1e8 * n,
  exec_memory_usage: Math.floor(4e9 * Math.random()),
  cons_memory_usage: Math.floor(3e9 * Math.random()),
})

/** Measurements of its own, that make a message three times as long. */
const MORE = Object.fromEntries(
  Array.from({ length: 24 }, (_, i) => [`of_its_own.measured_by_the_reporter.number_${i}`, 1e9 + i]),
)

/** `repeated`: how often a busy server (503) was asked again; `took`: how long each answer took, in ms. */
export type Reports = { count: number; repeated: number; failed: number; took: number[] }

export const noReports = (): Reports => ({ count: 0, repeated: 0, failed: 0, took: [] })

/** One reporter of one run, which has `past` seconds behind it when it begins. It uses the servers by turns. */
export function createReporter(bases: string[], run_id: string, past: number) {
  const began = Math.floor(Date.now() / 1000) - past
  let n = 0

  async function report(timestamp: number, reports: Reports, extra: object = {}) {
    const base = bases[n % bases.length] as string
    const body = { timestamp, metrics: { ...metricsOf(n), ...extra }, is_complete: false }
    n++
    for (;;) {
      const sent = performance.now()
      const status = await post(base, `/v1/runs/${run_id}/progress`, body)
      reports.took.push(performance.now() - sent)
      if (status === 503) {
        reports.repeated++
        await delay(BUSY_MS)
        continue
      }
      reports.count++
      if (status !== 200) reports.failed++
      return
    }
  }

  return {
    start() {
      const client = { type: 'geth', image: 'geth:1' }
      const start = { run_id, timestamp: began, network: 'hoodi', enclave_name: 'bench' }
      return post(bases[0] as string, '/v1/runs/start', { ...start, el_client: client, cl_client: client })
    },

    /** The reports of the first `until` seconds, as fast as the servers take them. */
    async catchUp(until: number, reports: Reports) {
      while (n < until) await report(began + n, reports)
    },

    /** A report each second, for so many; longer ones from `long_from` (ms since the Unix epoch) on. */
    async goOn(seconds: number, long_from: number, reports: Reports) {
      const from = Date.now() + Math.random() * 1000
      for (let second = 0; second < seconds; second++) {
        await delay(Math.max(0, from + second * 1000 - Date.now()))
        const sent_at = Date.now()
        await report(sent_at / 1000, reports, { sent_at, ...(sent_at >= long_from ? MORE : {}) })
      }
    },
  }
}
