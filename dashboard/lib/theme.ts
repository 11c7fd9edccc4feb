import { load, save } from './storage.ts'
import { createStore } from './store.ts'

export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'synckairos.theme'
const system = matchMedia('(prefers-color-scheme: dark)')

const read = (): Theme => {
  const theme = load(KEY)
  return theme === 'light' || theme === 'dark' ? theme : 'auto'
}

/** What the reader chose. */
export const theme = createStore<Theme>(read())

/** What is on the screen. */
export const shade = createStore<'light' | 'dark'>('light')

const apply = () => {
  const chosen = theme.get()
  const { dataset } = document.documentElement
  if (chosen === 'auto') delete dataset.theme
  else dataset.theme = chosen
  shade.set(chosen === 'auto' ? (system.matches ? 'dark' : 'light') : chosen)
  // The frame of the browser follows the system by itself; told one colour twice, it follows the reader.
  const colours = { light: '#faf9f6', dark: '#0d1014' }
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = colours[chosen === 'auto' ? own : chosen]
  }
}

export function setTheme(chosen: Theme): void {
  save(KEY, chosen === 'auto' ? undefined : chosen)
  theme.set(chosen)
  apply()
}

apply()
system.addEventListener('change', apply)
addEventListener('storage', ({ key }) => {
  if (key !== null && key !== KEY) return
  theme.set(read())
  apply()
})
