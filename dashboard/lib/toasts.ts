import { createStore } from './store.ts'

export type Toast = {
  id: number
  kind: 'info' | 'good' | 'bad'
  text: string
  action: { label: string; run(): void } | null
}

/** Those on the screen, oldest first. */
export const toasts = createStore<readonly Toast[]>([])

const SHOWN_MS = 6000
const MOST = 4
let last = 0

/** Tells the reader something that needs no answer. It goes away by itself, later when it offers an `action`. */
export function toast(
  text: string,
  { kind = 'info', action = null }: { kind?: Toast['kind']; action?: Toast['action'] } = {},
): void {
  const id = ++last
  toasts.set([...toasts.get(), { id, kind, text, action }].slice(-MOST))
  setTimeout(() => dismiss(id), action || kind === 'bad' ? 2 * SHOWN_MS : SHOWN_MS)
}

export function dismiss(id: number): void {
  toasts.set(toasts.get().filter((each) => each.id !== id))
}
