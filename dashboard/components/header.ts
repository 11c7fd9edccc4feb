import { html } from '../lib/html.ts'
import { useStore } from '../lib/store.ts'
import { setTheme, type Theme, theme } from '../lib/theme.ts'
import { askForToken, token } from '../lib/token.ts'
import { Button } from './button.ts'
import { Connection } from './connection.ts'
import { Icon, type IconName } from './icon.ts'
import { Mark } from './mark.ts'

const PLACES: { href: string; label: string; icon: IconName; holds: RegExp }[] = [
  { href: '/', label: 'Sessions', icon: 'clock', holds: /^\/(sessions(\/|$)|$)/ },
  { href: '/runs', label: 'Runs', icon: 'chart', holds: /^\/runs(\/|$)/ },
  { href: '/system', label: 'System', icon: 'server', holds: /^\/system(\/|$)/ },
]

const THEMES: Record<Theme, { icon: IconName; next: Theme; name: string }> = {
  auto: { icon: 'auto', next: 'light', name: 'as the system' },
  light: { icon: 'sun', next: 'dark', name: 'light' },
  dark: { icon: 'moon', next: 'auto', name: 'dark' },
}

/** The bar above every page; on phones its navigation is at the bottom. */
export function Header({ path }: { path: string }) {
  const chosen = THEMES[useStore(theme)]
  const known = useStore(token) !== undefined
  const links = PLACES.map(({ href, label, icon, holds }) => {
    const current = holds.test(path) ? 'page' : undefined
    return html`<a key=${href} href=${href} aria-current=${current}><${Icon} name=${icon} />${label}</a>`
  })
  return html`<header class="header"><div class="header-inner">
    <a class="wordmark" href="/" aria-label="SyncKairos"><${Mark} />SyncKairos</a>
    <nav class="nav" aria-label="Pages">${links}</nav>
    <div class="tools">
      <${Connection} />
      <${Button} kind="quiet" icon=${chosen.icon} label=${`Theme: ${chosen.name}`} onClick=${() => setTheme(chosen.next)} />
      <${Button} kind="quiet" icon="key" class=${known ? 'held' : ''} label=${known ? 'Access token (in use)' : 'Access token'} onClick=${() => askForToken()} />
    </div>
  </div></header>`
}
