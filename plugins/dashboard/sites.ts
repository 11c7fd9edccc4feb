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

/** Makes the site when it is first asked for, and again when one of its files has changed. */
export function createSites(input: SiteInput, clock: Pick<Clock, 'now'>): Sites {
  const sites: Site[] = []
  let checked_at = Number.NEGATIVE_INFINITY
  let newest: Promise<Site> | null = null

  const update = async (): Promise<Site> => {
    const known = sites[0]
    if (known && (await isCurrent(known))) return known
    const made = await makeInThread(input)
    sites.unshift(made)
    sites.splice(KEPT)
    return made
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
