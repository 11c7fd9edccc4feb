import { createClient } from '../../sdk/index.ts'
import { token } from './token.ts'

export type * from '../../sdk/index.ts'
export { createClient, elapsed, newId, remaining, SyncKairosError, used } from '../../sdk/index.ts'

/** The one client of the page: one socket, and one idea of the server's time. */
export const client = createClient({ url: location.origin, token: token.get, name: nameOfClient() })

/** What those read who look at the watchers of a session. */
function nameOfClient(): string {
  return location.pathname.startsWith('/s/') ? 'Clock on a screen' : 'Dashboard'
}
