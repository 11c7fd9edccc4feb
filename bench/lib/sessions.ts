import { randomUUID } from 'node:crypto'
import { load } from './load.ts'

const CONNECTIONS = 16

/** The body of a create: a clock for each total (ms). */
export const newSession = (session_id: string, totals: number[]) => ({
  session_id,
  sync_mode: 'per_participant',
  participants: totals.map((total_time_ms, participant_index) => ({
    participant_id: randomUUID(),
    participant_index,
    total_time_ms,
  })),
})

/** As many calls as there are paths, some at a time; none may be refused. */
async function callAll(base: string, count: number, call: (i: number) => { path: string; body?: string }) {
  let next = 0
  const { refused } = await load({
    base,
    connections: Math.min(CONNECTIONS, count),
    duration_ms: Number.POSITIVE_INFINITY,
    next: () => (next < count ? call(next++) : null),
  })
  if (Object.keys(refused).length > 0) throw new Error(`${base}: ${JSON.stringify(refused)}`)
}

/** Creates sessions, with clocks that outlast any bench unless `totalsOf` says otherwise; answers their ids. */
export async function createSessions(base: string, count: number, totalsOf = outlasting): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  await callAll(base, count, (i) => ({
    path: '/v1/sessions',
    body: JSON.stringify(newSession(ids[i] as string, totalsOf(i))),
  }))
  return ids
}

export const startSessions = (base: string, ids: string[]): Promise<void> =>
  callAll(base, ids.length, (i) => ({ path: `/v1/sessions/${ids[i]}/start` }))

/** Creates and starts sessions of two. */
export async function runningSessions(base: string, count: number): Promise<string[]> {
  const ids = await createSessions(base, count)
  await startSessions(base, ids)
  return ids
}

export const DAY_MS = 86_400_000
const outlasting = (_: number): number[] => [DAY_MS, DAY_MS]
