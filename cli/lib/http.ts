import { type Client, createClient, SyncKairosError } from '../../sdk/index.ts'
import { Failure } from './failure.ts'
import type { ServerOptions } from './options.ts'

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

/** What the server answers to a call, made once unless told otherwise. Fails with a message for the user. */
export async function ask<T>(
  { server = '', serverAuth }: ServerOptions,
  call: (client: Client) => Promise<T>,
  { retries } = { retries: 0 },
): Promise<T> {
  const client = createClient({ url: server, token: serverAuth, retries })
  try {
    return await call(client)
  } catch (error) {
    if (!(error instanceof SyncKairosError)) throw error
    const { kind, status, code, message, cause } = error
    if (kind === 'timeout') throw new Failure(`cannot reach ${server}: no answer in time`)
    if (kind === 'network') throw new Failure(`cannot reach ${server}: ${reasonOf(cause)}`)
    if (status === null || code === 'INVALID_RESPONSE') throw new Failure(message)
    throw new Failure(`${server} says ${status}: ${message}`)
  } finally {
    client.close()
  }
}

/** fetch() says only "fetch failed"; what failed is in its cause. */
export function reasonOf(error: unknown): string {
  const { cause, message, name } = error as Error
  const inner = cause as (Error & { code?: string }) | undefined
  if (name === 'TimeoutError') return 'no answer in time'
  return inner?.code ?? inner?.message ?? message
}
