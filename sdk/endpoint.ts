import { base64 } from './base64.ts'
import type { ClientOptions } from './client-types.ts'
import { SyncKairosError } from './errors.ts'

export type Query = Record<string, unknown>

/** Where the server is, and as whom it is asked. */
export type Endpoint = {
  /** Without user and password, and without a slash at the end. */
  readonly url: string
  /** The address of a path such as `/v1/time`. What is undefined or null in a query is left out; a list is repeated. */
  address(path: string, query?: Query): string
  /** The authorization of a call, if there is any. `instead` stands in for the client's token. */
  headers(instead?: string): Record<string, string>
  /** The client's token, asked for anew. */
  token(): string | undefined
  /** What stood before the host; '' without. */
  readonly user: string
  readonly password: string
}

const DEFAULT_URL = 'http://127.0.0.1:3000'

/** @throws SyncKairosError INVALID_URL */
export function createEndpoint(given: ClientOptions['url'], token: ClientOptions['token']): Endpoint {
  const url = parse(given ?? originOfPage() ?? DEFAULT_URL)
  const [user, password] = [decode(url.username), decode(url.password)]
  const basic = user || password ? `Basic ${base64(`${user}:${password}`)}` : undefined
  url.username = ''
  url.password = ''
  const root = url.href.replace(/\/+$/, '')
  const current = () => (typeof token === 'function' ? token() : token)

  return {
    url: root,
    address: (path, query) => `${root}${path}${search(query)}`,
    headers(instead) {
      const bearer = instead ?? current()
      const authorization = bearer ? `Bearer ${bearer}` : basic
      return authorization ? { authorization } : {}
    },
    token: current,
    user,
    password,
  }
}

/** One part of a path. @throws SyncKairosError INVALID_ID for what would lead to another address */
export function segment(id: string): string {
  try {
    if (typeof id === 'string' && !/^\.{0,2}$/.test(id)) return encodeURIComponent(id)
  } catch {
    // Half a character, which no address can hold.
  }
  throw new SyncKairosError('invalid', 'INVALID_ID', `This cannot be an id: ${JSON.stringify(id)}`)
}

function parse(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    url.search = ''
    url.hash = ''
    return url
  }
  throw new SyncKairosError('invalid', 'INVALID_URL', `This is no address of a server: ${given}`)
}

/** A percent sign in a password that nobody encoded stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Pages from files have an origin, too, but no server behind it. */
function originOfPage(): string | undefined {
  const { location } = globalThis as unknown as { location?: { origin: string } }
  return location?.origin.startsWith('http') ? location.origin : undefined
}

function search(query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) params.append(name, String(each))
    }
  }
  const text = params.toString()
  return text && `?${text}`
}
