import type { PageProps } from '../../components/app.ts'
import { Page } from '../../components/page.ts'
import { Tabs } from '../../components/tabs.ts'
import { html } from '../../lib/html.ts'
import { setQuery } from '../../lib/router.ts'
import { Controls } from './controls.ts'
import { Data } from './data.ts'
import { States } from './states.ts'
import { Tokens } from './tokens.ts'

const TABS = [
  { id: 'controls', label: 'Controls', content: () => html`<${Controls} />` },
  { id: 'data', label: 'Data', content: () => html`<${Data} />` },
  { id: 'states', label: 'States', content: () => html`<${States} />` },
  { id: 'tokens', label: 'Tokens', content: () => html`<${Tokens} />` },
]

/** Everything that pages are made of, for those who make pages. */
export default function ComponentsPage({ query }: PageProps) {
  return html`<${Page} class="gallery" title="Components" meta="What the pages are made of, in dashboard/components/">
    <${Tabs} label="Kinds of components" tabs=${TABS} value=${query.get('tab') ?? 'controls'} onChange=${(tab: string) => setQuery({ tab })} />
  <//>`
}
