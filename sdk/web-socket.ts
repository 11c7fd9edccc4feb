import { base64 } from './base64.ts'
import type { Endpoint, Query } from './endpoint.ts'

/** Close codes that say that the same credentials will be refused again. */
export const DENIALS: Record<number, string> = { 4001: 'UNAUTHORIZED', 4003: 'FORBIDDEN', 1008: 'REFUSED' }

/**
 * A WebSocket to a path of the server. Pages can set no header on it: a token goes along as a subprotocol, a user and a
 * password in the address. Throws what the constructor throws.
 */
export function openWebSocket(
  { address, user, password, token }: Endpoint,
  Socket: typeof WebSocket,
  path: string,
  query: Query,
): WebSocket {
  const url = new URL(address(path, query))
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.username = user
  url.password = password
  const bearer = token()
  return new Socket(url.href, bearer ? ['synckairos', `bearer.${base64url(bearer)}`] : [])
}

function base64url(text: string): string {
  return base64(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
