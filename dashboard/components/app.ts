import type { ComponentType, VNode } from 'preact'
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks'
import { SyncKairosError } from '../lib/api.ts'
import { classes, html } from '../lib/html.ts'
import { useLater } from '../lib/later.ts'
import { findRoute, type Params } from '../lib/match.ts'
import { type Place, useLinks, usePlace } from '../lib/router.ts'
import { useStore } from '../lib/store.ts'
import { tokenDialog } from '../lib/token.ts'
import { ROUTES, type Route } from '../routes.ts'
import { Button } from './button.ts'
import { Header } from './header.ts'
import { Mark } from './mark.ts'
import { Empty, ErrorState } from './states.ts'
import { Toasts } from './toasts.ts'

/** What a page is given: the values of `:name` in its path, and what stands behind the `?`. */
export type PageProps = { params: Params; query: URLSearchParams }

type Shown = { route: Route; params: Params; page: ComponentType<PageProps> }

const loaded = new Map<string, ComponentType<PageProps>>()
const isPage = (path: string) => findRoute(ROUTES, path) !== null

/** The shell around the pages. `load` reads the module of a route. */
export function App({ load }: { load(page: string): Promise<{ default: ComponentType<PageProps> }> }) {
  const place = usePlace()
  const { shown, failure, waiting } = usePage(place, load)
  useLinks(isPage)
  const main = useRef<HTMLElement>(null)
  useArrival(shown && place.path, main)

  const bare = (shown?.route ?? findRoute(ROUTES, place.path)?.route)?.bare === true
  let content: VNode | null = null
  if (failure) content = html`<${ErrorState} error=${failure} onRetry=${() => location.reload()} />`
  else if (shown)
    content = html`<${Guard} key=${place.path}><${shown.page} params=${shown.params} query=${place.query} /><//>`
  else if (!waiting) content = html`<${Nowhere} />`
  else if (bare) content = html`<${Mark} class="mark arriving" />`
  return html`<div class=${classes('app', bare && 'bare', waiting && 'waiting')}>
    ${!bare && html`<a class="skip" href="#main">Skip to content</a><${Header} path=${place.path} />`}
    <main id="main" ref=${main} tabindex="-1">${content}</main>
    <${Toasts} /><${Tokens} />
  </div>`
}

const loadTokenDialog = () => import('./token-dialog.ts').then(({ TokenDialog }) => TokenDialog)

function Tokens() {
  const TokenDialog = useLater(loadTokenDialog, useStore(tokenDialog) !== null)
  return TokenDialog && html`<${TokenDialog} />`
}

/** The page of a place. The one before stays until the next has come, so that nothing flickers. */
function usePage({ path }: Place, load: (page: string) => Promise<{ default: ComponentType<PageProps> }>) {
  const found = findRoute(ROUTES, path)
  const file = found?.route.page
  const [settled, setSettled] = useState<{ file: string; failure: Error | null } | null>(null)
  const before = useRef<Shown | null>(null)

  useEffect(() => {
    if (file === undefined || loaded.has(file)) return
    let wanted = true
    load(file).then(
      (module) => {
        loaded.set(file, module.default)
        if (wanted) setSettled({ file, failure: null })
      },
      async () => {
        // Mostly a server that was updated meanwhile: a new document knows the new files.
        if (before.current && (await isThere(location.href))) location.reload()
        else if (wanted) setSettled({ file, failure: NOT_LOADED })
      },
    )
    return () => {
      wanted = false
    }
  }, [file, load])

  const page = file === undefined ? undefined : loaded.get(file)
  const failure = settled && settled.file === file ? settled.failure : null
  if (found && page) before.current = { ...found, page }
  if (!found) before.current = null
  return { shown: before.current, failure, waiting: found !== null && !page && !failure }
}

const NOT_LOADED = new SyncKairosError('network', 'PAGE_NOT_LOADED', 'The page could not be loaded')

const isThere = (url: string): Promise<boolean> =>
  fetch(url, { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  )

/** Moves the focus to a new page, as a new document would, and shows its beginning. */
function useArrival(path: string | null, main: { current: HTMLElement | null }): void {
  const last = useRef<string | null>(null)
  useEffect(() => {
    if (path === null || path === last.current) return
    if (last.current !== null) {
      main.current?.focus({ preventScroll: true })
      scrollTo(0, 0)
    }
    last.current = path
  }, [path, main])
}

/** Keeps what is wrong with one page from taking the others along. */
function Guard({ children }: { children: VNode }) {
  const [error, reset] = useErrorBoundary()
  return error ? html`<${ErrorState} error=${error} onRetry=${reset} />` : children
}

function Nowhere() {
  return html`<h1 class="hidden">No such page</h1><${Empty} icon="search" title="There is no page at this address" text="It may have been moved, or the address is not complete.">
    <${Button} kind="primary" href="/">All sessions<//>
  <//>`
}
