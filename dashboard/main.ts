import { type ComponentType, render } from 'preact'
import { App, type PageProps } from './components/app.ts'
import { html } from './lib/html.ts'

/** Modules of pages are named relative to this file. */
const load = (page: string): Promise<{ default: ComponentType<PageProps> }> => import(page)

const place = document.getElementById('app')
if (place) render(html`<${App} load=${load} />`, place)
