/** What this server speaks; a client that offers it may offer its token beside it. */
const SUBPROTOCOL = 'synckairos'
const BEARER = 'bearer.'

const isBearer = (name: string) => name.toLowerCase().startsWith(BEARER)

/**
 * The token in a Sec-WebSocket-Protocol such as `synckairos, bearer.<base64url>`: pages can set no other header on a
 * WebSocket, and an address ends up in logs. Undefined without one.
 */
export function tokenOfProtocols(header: string | undefined): string | undefined {
  const offered = header?.split(',').map((name) => name.trim())
  const bearer = offered?.find(isBearer)
  return bearer && Buffer.from(bearer.slice(BEARER.length), 'base64url').toString()
}

/** Which of the offered subprotocols is agreed on: never one that carries a token; false for none. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL
  return [...offered].find((name) => !isBearer(name)) ?? false
}
