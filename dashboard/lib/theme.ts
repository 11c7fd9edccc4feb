import { load, save } from './storage.ts'
import { createStore } from './store.ts'

export type Theme = 'auto' | 'light' | 'dark'

/** Screens for an audience have a choice of their own, and are dark without one; dashboard/theme.ts knows both. */
const CHOICES = {
  pages: { key: 'synckairos.theme', usual: 'auto' },
  stage: { key: 'synckairos.stage-theme', usual: 'dark' },
} as const

export type Surroundings = keyof typeof CHOICES

const system = matchMedia('(prefers-color-scheme: dark)')
let choice: (typeof CHOICES)[Surroundings] = CHOICES[location.pathname.startsWith('/s/') ? 'stage' : 'pages']

const read = (): Theme => {
  const theme = load(choice.key)
  return theme === 'light' || theme === 'dark' ? theme : choice.usual
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

const readAgain = () => {
  theme.set(read())
  apply()
}

export function setTheme(chosen: Theme): void {
  save(choice.key, chosen === choice.usual ? undefined : chosen)
  theme.set(chosen)
  apply()
}

/** From now on it is about pages of this kind. */
export function setSurroundings(surroundings: Surroundings): void {
  choice = CHOICES[surroundings]
  readAgain()
}

apply()
system.addEventListener('change', apply)
addEventListener('storage', ({ key }) => {
  if (key === null || key === choice.key) readAgain()
})
