import type { Clock } from '../clock.ts'
import type { Jobs } from '../jobs/index.ts'

/**
 * A figure that somebody else has to be asked for: gives what it was some `every_ms` ago, asks again in the background,
 * and never waits. Null while it is not known; then it is asked for each time.
 */
export function askedFor(clock: Clock, every_ms: number, ask: () => Promise<number | null>) {
  let known: number | null = null
  let asked_at = Number.NEGATIVE_INFINITY
  let asking = false

  async function refresh() {
    asking = true
    asked_at = clock.now()
    known = await ask().catch(() => null)
    if (known === null) asked_at = Number.NEGATIVE_INFINITY
    asking = false
  }

  return (): number | null => {
    if (!asking && clock.now() - asked_at >= every_ms) void refresh()
    return known
  }
}

/** How many jobs wait or are worked on, as pg-boss counted them last; null without a database. */
export async function countJobs(jobs: Pick<Jobs, 'enabled' | 'boss'>): Promise<number | null> {
  if (!jobs.enabled) return null
  const queues = await jobs.boss().getQueues()
  // What was put aside for somebody to look at waits for nobody.
  const aside = new Set(queues.map(({ deadLetter }) => deadLetter))
  return queues
    .filter(({ name }) => !aside.has(name))
    .reduce((count, { queuedCount, activeCount }) => count + queuedCount + activeCount, 0)
}
