import { Failure } from './failure.ts'
import type { ServerOptions } from './options.ts'

const TIMEOUT_MS = 10_000

/** fetch() takes no user and password in an address: they go into the header that they stand for. */
export function target(address: string, path: string): { url: string; headers: Record<string, string> } {
  const url = new URL(address)
  const { username, password } = url
  url.username = ''
  url.password = ''
  const full = `${url.href.replace(/\/+$/, '')}${path}`
  if (!username && !password) return { url: full, headers: {} }
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { url: full, headers: { authorization: `Basic ${Buffer.from(plain).toString('base64')}` } }
}

/** The `data` of an answer of the server. Fails with a message for the user. */
export async function read<T>(
  { server = '', serverAuth }: ServerOptions,
  path: string,
  query: Record<string, string | number | undefined> = {},
): Promise<T> {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, `${value}`)
  const search = params.size > 0 ? `?${params}` : ''
  const { url, headers } = target(server, `${path}${search}`)
  const authorization = serverAuth ? { authorization: `Bearer ${serverAuth}` } : headers
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(url, {
    headers: { accept: 'application/json', ...authorization },
    signal,
  }).catch((error) => {
    throw new Failure(`cannot reach ${server}: ${reasonOf(error)}`)
  })
  const text = await response.text()
  const body = parse(text) as { data?: T; error?: { message?: string } } | undefined
  if (!response.ok)
    throw new Failure(`${server} says ${response.status}: ${body?.error?.message ?? text.slice(0, 200)}`)
  if (body?.data === undefined) throw new Failure(`${server} is no SyncKairos server: ${text.slice(0, 100)}`)
  return body.data
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** fetch() says only "fetch failed"; what failed is in its cause. */
export function reasonOf(error: unknown): string {
  const { cause, message, name } = error as Error
  const inner = cause as (Error & { code?: string }) | undefined
  if (name === 'TimeoutError') return 'no answer in time'
  return inner?.code ?? inner?.message ?? message
}
