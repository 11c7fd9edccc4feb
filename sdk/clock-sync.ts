import { createClockFilter } from './clock-filter.ts'
import type { Endpoint } from './endpoint.ts'
import { errorOf, reasonOf, SyncKairosError } from './errors.ts'
import type { SyncedClock } from './server-clock.ts'
import type { SdkTime } from './time.ts'

/** What the server says about its time: asked (by the clock here), received and answered (by its own). */
export type TimeAnswer = { t0: number; t1: number; t2: number }

export type ClockSync = {
  /** Asks in a burst. Rejects when nobody answers. */
  sync(): Promise<void>
  /** The server can be heard: syncs now, and asks now and then until end(). */
  begin(): void
  end(): void
  /** An answer that has just arrived over the socket. */
  take(answer: TimeAnswer): void
}

type Options = {
  clock: SyncedClock
  endpoint: Endpoint
  fetch: typeof fetch
  time: SdkTime
  random: () => number
  /** Asks over the socket; false when there is none, so that HTTP has to do. */
  ask(t0: number): boolean
}

const BURST = 8
/** Up to twice as much: far enough apart to meet different delays, and below what a socket may say in a second. */
const SPACING_MS = 50
const INTERVAL_MS = 30_000
/** What takes longer would tell nothing. */
const PATIENCE_MS = 2000

/** Asks the server for its time, over the socket where there is one, and has the clock follow the answers. */
export function createClockSync({ clock, endpoint, fetch, time, random, ask }: Options): ClockSync {
  const filter = createClockFilter(time)
  let heard = () => {}
  let burst: Promise<void> | null = null
  /** Another one after each end(), and what ends the wait that is under way. */
  let era = 0
  let interrupt = () => {}
  let cancel = () => {}

  function take({ t0, t1, t2 }: TimeAnswer): boolean {
    const taken = filter.add({ t0, t1, t2, t3: filter.local() })
    if (taken) {
      heard()
      clock.changed()
    }
    return taken
  }

  /** One question; rejects when it is not answered soon. */
  async function exchange() {
    const controller = new AbortController()
    const { signal } = controller
    interrupt = () => controller.abort()
    const stop = time.after(PATIENCE_MS, interrupt)
    try {
      await new Promise<void>((resolve, reject) => {
        heard = resolve
        signal.addEventListener('abort', () => reject(new Error('no answer')))
        const t0 = filter.local()
        if (!ask(t0)) askByHttp(t0, signal).catch(reject)
      })
    } finally {
      stop()
    }
  }

  async function askByHttp(t0: number, signal: AbortSignal) {
    const response = await fetch(endpoint.address('/v1/time', { t0 }), {
      headers: endpoint.headers(),
      signal,
    })
    if (!response.ok) throw errorOf(response.status, response.headers, await response.text(), time.now())
    if (!take((await response.json()) as TimeAnswer)) throw new Error('the answer has no time in it')
  }

  /** The first question that is not answered ends a burst: what was learned till then counts. */
  async function askOften() {
    const own = era
    for (let asked = 0; asked < BURST; asked++) {
      try {
        if (asked > 0 && own === era) await pause(SPACING_MS * (1 + random()))
        if (own !== era) throw new Error('the connection has ended')
        await exchange()
      } catch (error) {
        if (asked > 0) return
        const message = `The server did not tell its time: ${reasonOf(error)}`
        const { kind = 'network', status, retry_after_ms } = error as Partial<SyncKairosError>
        throw new SyncKairosError(kind, 'CLOCK_NOT_SYNCED', message, { status, retry_after_ms, cause: error })
      }
    }
  }

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const stop = time.after(ms, resolve)
      interrupt = () => {
        stop()
        resolve()
      }
    })

  function sync(): Promise<void> {
    if (burst) return burst
    const own = askOften().finally(() => {
      if (burst === own) burst = null
    })
    burst = own
    return own
  }

  function keep(step: () => Promise<void>) {
    const own = era
    const then = (next: () => Promise<void>, ms: number) => {
      if (own === era) cancel = time.after(ms, () => keep(next))
    }
    step().then(
      () => then(exchange, INTERVAL_MS),
      ({ retry_after_ms }: Partial<SyncKairosError>) =>
        then(sync, Math.max(PATIENCE_MS, retry_after_ms ?? 0)),
    )
  }

  function end() {
    era += 1
    burst = null
    cancel()
    interrupt()
  }

  clock.follow(filter)
  return {
    take,
    sync,
    begin() {
      end()
      keep(sync)
    },
    end,
  }
}
