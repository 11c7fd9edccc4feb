import { load, save } from './storage.ts'
import { createStore } from './store.ts'

const KEY = 'synckairos.token'

/** The token that calls are made with. */
export const token = createStore<string | undefined>(load(KEY))

/** Whether the dialog that asks for a token is open, and why it opened. */
export const tokenDialog = createStore<null | { reason: string | null }>(null)

/** Asks the reader for a token, for instance because the server refused a call. */
export function askForToken(reason: string | null = null): void {
  tokenDialog.set({ reason })
}

/** From now on calls carry this token, if any. Without `remember` it is forgotten with the tab. */
export function setToken(value: string | undefined, { remember }: { remember: boolean }): void {
  save(KEY, value, { tab: !remember })
  token.set(value)
}
