import type { Stop } from './client-types.ts'
import type { Endpoint } from './endpoint.ts'
import type { SdkTime } from './time.ts'

type Options = { endpoint: Endpoint; fetch: typeof fetch; time: SdkTime }

/**
 * Calls `fn` when the browser believes that the network is gone. That is reason to doubt and no more: a server on this
 * machine needs none, and browsers err. What it returns ends that.
 */
export function onOffline(fn: () => void): Stop {
  const page = globalThis as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>
  page.addEventListener?.('offline', fn)
  return () => page.removeEventListener?.('offline', fn)
}

/** How long an answer may take when there is reason to doubt that anybody is there. */
export const PROBE_MS = 2000

/** Asks for a sign of life where no stream can be asked for one: any answer will do. `onGone` is told when there is none. */
export function probeByHttp({ endpoint, fetch, time }: Options, onGone: () => void): Stop {
  const controller = new AbortController()
  const { signal } = controller
  const stop = time.after(PROBE_MS, () => {
    controller.abort()
    onGone()
  })
  fetch(endpoint.address('/v1/time'), { signal })
    .then((response) => response.text())
    .catch(() => signal.aborted || onGone())
    .finally(stop)
  return () => {
    stop()
    controller.abort()
  }
}
