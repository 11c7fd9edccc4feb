import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { type ClientOptions, createClient, type LiveSession } from '../../sdk/index.ts'
import { gateTo } from '../helpers/gate.ts'
import { listen } from '../helpers/realtime.ts'
import { until } from '../helpers/until.ts'
import { createFakeTime, type FakeTime } from './fake-time.ts'

type Watcher = Awaited<ReturnType<typeof watch>>

/** A client behind a gate whose time the test moves, and one session that it follows, once it is `status`. */
export async function watch(
  t: Test,
  app: FastifyInstance,
  id: string,
  { status = 'live', ...options }: ClientOptions & { status?: LiveSession['status'] } = {},
) {
  const gate = await gateTo(t, options.url ? String(options.url) : `http://${await listen(app)}`)
  const time = createFakeTime()
  const client = createClient({ time, random: () => 0.5, ...options, url: gate.url })
  t.teardown(() => client.close())
  const live = client.session(id)
  const seen = { versions: [] as number[], expired: [] as string[], deleted: 0, sockets: 0 }
  live.on('update', ({ version }, { optimistic, rolled_back }) => {
    if (!optimistic && !rolled_back) seen.versions.push(version)
  })
  live.on('expired', ({ participant_id }) => void seen.expired.push(participant_id))
  live.on('deleted', () => void seen.deleted++)
  client.on('connection', ({ status }) => {
    if (status === 'live') seen.sockets += 1
  })
  await is(live, status)
  return { gate, time, client, live, seen }
}

export const is = (live: LiveSession, status: LiveSession['status']) =>
  until(
    () => live.status,
    (now) => now === status,
  )

export const has = (live: LiveSession, version: number) =>
  until(
    () => live.confirmed?.version,
    (now) => now === version,
  )

/** Lets the client's time pass until it tries to connect again. */
export async function reconnect(
  { time, client, live }: Pick<Watcher, 'time' | 'client' | 'live'>,
  status: LiveSession['status'] = 'live',
) {
  await until(
    () => client.connection.status,
    (now) => now === 'offline',
  )
  time.advance(Math.max(0, (client.connection.retry_at ?? 0) - time.now()))
  await is(live, status)
}

export const rising = (versions: number[]) =>
  versions.every((version, i) => i === 0 || version > (versions[i - 1] as number))

/** Lets the client's time pass, a little after each thing that really happens, until it is so. */
export async function pass(time: FakeTime, isSo: () => boolean, step_ms = 100) {
  await until(async () => {
    time.advance(step_ms)
    for (let i = 0; i < 5; i++) await turn()
    return isSo()
  }, Boolean)
}

/** What a call comes to while the client's time passes, hardly faster than time itself: some calls have only 10 s. */
export async function passing<T>(time: FakeTime, call: Promise<T>): Promise<T> {
  let over = false
  const end = () => {
    over = true
  }
  call.then(end, end)
  await pass(time, () => over, 25)
  return call
}
