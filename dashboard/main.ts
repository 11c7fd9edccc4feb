import { type ComponentType, render } from 'preact'
import { App, type PageProps } from './components/app.ts'
import { html } from './lib/html.ts'

/** The style sheets that are there or on their way, by their address. */
const sheets = new Map<string, Promise<unknown>>()

/** Modules of pages are named relative to this file. A page can be shown once it has its styles, too. */
async function load(page: string): Promise<{ default: ComponentType<PageProps> }> {
  const [module] = await Promise.all([import(page), dress(page)])
  return module
}

/** The server has put the style sheet of a page beside its module; the document has that of the page it was loaded for. */
function dress(page: string): Promise<unknown> {
  const { href } = new URL('page.css', new URL(page, import.meta.url))
  const loading = sheets.get(href) ?? (isThere(href) ? Promise.resolve() : add(href))
  sheets.set(href, loading)
  // The next visit tries again.
  loading.catch(() => sheets.delete(href))
  return loading
}

const isThere = (href: string): boolean =>
  [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')].some((link) => link.href === href)

function add(href: string): Promise<unknown> {
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href })
  return new Promise((resolve, reject) => {
    Object.assign(link, { onload: resolve, onerror: reject })
    document.head.append(link)
  })
}

const place = document.getElementById('app')
if (place) render(html`<${App} load=${load} />`, place)
