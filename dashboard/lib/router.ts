import { useEffect } from 'preact/hooks'
import { createStore, useStore } from './store.ts'

/** Where the reader is. */
export type Place = { path: string; query: URLSearchParams }

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) })
const places = createStore<Place>(read())

/** Where the reader is, and a new rendering when that changes. */
export const usePlace = (): Place => useStore(places)

/** Goes to another page of the app. `replace`: the way back leaves out where the reader is now. */
export function navigate(href: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', href)
  places.set(read())
}

/** Changes parameters of the address and stays on the page; null takes one away. */
export function setQuery(changes: Record<string, string | null>, { replace = true } = {}): void {
  const { path, query } = read()
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  navigate(text ? `${path}?${text}` : path, { replace })
}

/** Links of the app lead from page to page without a new document, as long as `isPage` knows the path. */
export function useLinks(isPage: (path: string) => boolean): void {
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest('a')
      if (!link || event.defaultPrevented || event.button !== 0) return
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return
      if (!isPage(link.pathname) || link.hash) return
      event.preventDefault()
      if (link.href !== location.href) navigate(link.href)
    }
    const onPop = () => places.set(read())
    document.addEventListener('click', onClick)
    addEventListener('popstate', onPop)
    return () => {
      document.removeEventListener('click', onClick)
      removeEventListener('popstate', onPop)
    }
  }, [isPage])
}
