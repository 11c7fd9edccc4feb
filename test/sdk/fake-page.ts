type Owner = { teardown(fn: () => void): void }

/** What a page has that says whether it is seen and connected, for as long as a test runs. */
export function onPage(t: Owner) {
  const page = globalThis as unknown as Record<string, unknown>
  const window = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  Object.assign(page, {
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    document,
  })
  t.teardown(() => {
    for (const name of ['addEventListener', 'removeEventListener', 'document']) delete page[name]
  })
  return {
    online: () => window.dispatchEvent(new Event('online')),
    offline: () => window.dispatchEvent(new Event('offline')),
    show(visibilityState: 'visible' | 'hidden') {
      document.visibilityState = visibilityState
      document.dispatchEvent(new Event('visibilitychange'))
    },
  }
}
