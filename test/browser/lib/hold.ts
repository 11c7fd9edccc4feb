import type { Page, Route } from 'playwright-core'

/** Lets what was held back go on, and all that comes later. */
export type Release = () => Promise<void>

/** From now on requests like this wait, until they are let go. */
export async function holdBack(page: Page, pattern: RegExp): Promise<Release> {
  const held: Route[] = []
  let open = false
  await page.route(pattern, (route) => (open ? route.continue() : void held.push(route)))
  return async () => {
    open = true
    await Promise.all(held.splice(0).map((route) => route.continue()))
  }
}

/** The same of sockets. */
export async function holdSockets(page: Page): Promise<Release> {
  const { promise, resolve } = Promise.withResolvers<void>()
  await page.routeWebSocket(/./, async (socket) => {
    await promise
    socket.connectToServer()
  })
  return async () => resolve()
}
