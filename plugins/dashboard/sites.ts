import { stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import type { Asset, Site, SiteInput } from './site.ts'

export type Sites = {
  /** The page of a route, made of the files as they are now. */
  page(path: string): Promise<Asset | undefined>
  /** Anything that a page refers to, and for a while what one refers to that was sent before the files changed. */
  asset(path: string): Promise<Asset | undefined>
}

/** How long files are taken for unchanged that were just looked at, in ms. */
const LOOK_EVERY_MS = 1000
/** The newest and the one before it. */
const KEPT = 2

/**
 * The newest site of each input, for all the servers of a process: making one takes more than a second of computing,
 * and those of one process have the same files.
 */
const made = new Map<string, Site>()

/** Makes the site when it is first asked for, and again when one of its files has changed. */
export function createSites(input: SiteInput, clock: Pick<Clock, 'now'>): Sites {
  const name = JSON.stringify(input)
  const sites: Site[] = []
  let checked_at = Number.NEGATIVE_INFINITY
  let newest: Promise<Site> | null = null

  const update = async (): Promise<Site> => {
    const known = made.get(name)
    const newest = known && (await isCurrent(known)) ? known : await makeInThread(input)
    made.set(name, newest)
    if (newest !== sites[0]) sites.unshift(newest)
    sites.splice(KEPT)
    return newest
  }
  const current = (): Promise<Site> => {
    if (newest && clock.now() - checked_at < LOOK_EVERY_MS) return newest
    const updating = update()
    checked_at = clock.now()
    newest = updating
    // What went wrong is told to those who wait; the next one tries again.
    updating.catch(() => {
      if (newest === updating) newest = null
    })
    return updating
  }
  const find = (path: string) => sites.find(({ assets }) => assets.has(path))?.assets.get(path)

  return {
    page: async (path) => (await current()).pages.get(path),
    asset: async (path) => {
      const known = find(path)
      if (known) return known
      await current()
      return find(path)
    },
  }
}

async function isCurrent({ sources }: Site): Promise<boolean> {
  const same = [...sources].map(async ([path, changed_at]) => (await stat(path)).mtimeMs === changed_at)
  return (await Promise.all(same).catch(() => [false])).every(Boolean)
}

/** In a thread of its own: it computes for half a second, in which no clock of a session may be late. */
function makeInThread(input: SiteInput): Promise<Site> {
  const worker = new Worker(new URL('./make-site-worker.ts', import.meta.url), {
    workerData: input,
    // That Node can strip types is still called experimental there.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  worker.unref()
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('The thread ended before the dashboard was made')))
  })
}
