import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createParser } from 'eventsource-parser'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { call } from './app.ts'
import { createInbox, listen } from './realtime.ts'

export const RUNS = '/v1/runs'

let count = 0

/** The body of a start at `at` (ms), with an id of its own. */
export const newRun = (at: number, more: object = {}) => ({
  run_id: `run-${process.pid}-${++count}`,
  timestamp: Math.floor(at / 1000),
  network: 'hoodi',
  labels: { branch: 'main' },
  el_client: { type: 'geth', image: 'geth:1', extra_args: ['--a'] },
  cl_client: { type: 'lighthouse', image: 'lighthouse:1' },
  enclave_name: 'e',
  ...more,
})

/** What syncoor's reporter measures. */
export const measured = (more: object = {}) => ({
  block: 100,
  slot: 200,
  exec_disk_usage: 5000,
  cons_disk_usage: 6000,
  exec_peers: 7,
  cons_peers: 8,
  exec_sync_percent: 9.5,
  cons_sync_percent: 10,
  exec_version: 'Geth/v1',
  ...more,
})

/** Starts a run; answers its path and the second at which it began. */
export async function startRun(app: FastifyInstance, at: number, more: object = {}) {
  const body = newRun(at, more)
  const { status } = await call(app, 'POST', `${RUNS}/start`, body)
  if (status !== 201) throw new Error(`start answered ${status}`)
  return { id: body.run_id, url: `${RUNS}/${body.run_id}`, body, at: body.timestamp }
}

export const progressOf = (timestamp: number, metrics: object = measured()) => ({
  timestamp,
  metrics,
  is_complete: false,
})

export const completionOf = (timestamp: number, more: object = {}) => ({
  timestamp,
  final_block: 500,
  final_slot: 600,
  success: true,
  ...more,
})

/** A stream of the events of all runs; ended after the test. */
export async function openFeed(
  t: Test,
  app: FastifyInstance,
  headers: Record<string, string> = {},
  path = '/api/v1/events?stream=tests',
) {
  const request = get(`http://${await listen(app)}${path}`, { headers })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  t.teardown(() => request.destroy())
  const inbox = createInbox()
  const seen = { begun: Promise.withResolvers<void>(), commented: Promise.withResolvers<void>() }
  const parser = createParser({
    onEvent: ({ data, id, event }) => inbox.add({ ...JSON.parse(data), event, event_id: id }),
    onComment: () => seen.commented.resolve(),
    onRetry: () => seen.begun.resolve(),
  })
  response.setEncoding('utf8').on('data', (chunk: string) => parser.feed(chunk))
  response.on('error', () => {})
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  if (response.statusCode === 200) await seen.begun.promise
  return { response, request, ended, seen, messages: inbox.messages, until: inbox.until }
}
