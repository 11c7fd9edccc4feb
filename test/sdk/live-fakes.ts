import { setImmediate as turn } from 'node:timers/promises'
import type { Sent } from './fake-fetch.ts'

export const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Lets everything happen that needs no time. */
export async function calm() {
  for (let i = 0; i < 10; i++) await turn()
}

type Stream = {
  path: string
  headers: Headers
  say(message: unknown): void
  comment(): void
  end(): void
  fail(): void
}

/** A server of event streams, each of which a test writes; other paths are answered by `other`. */
export function createFakeStreams(
  other: (sent: Sent) => Response | Promise<Response> = () => new Response(null, { status: 404 }),
) {
  const streams: Stream[] = []
  const state = { refusal: null as Response | Error | null, requests: [] as string[] }

  const fake: typeof fetch = async (input, { headers, signal } = {}) => {
    const { pathname } = new URL(String(input))
    const request = { method: 'GET', url: String(input), headers: new Headers(headers), body: undefined }
    state.requests.push(pathname)
    if (state.refusal instanceof Error) throw state.refusal
    if (state.refusal) return state.refusal.clone()
    if (!pathname.endsWith('/events')) return other(request)
    let controller!: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start(own) {
        controller = own
      },
    })
    const write = (text: string) => controller.enqueue(new TextEncoder().encode(text))
    signal?.addEventListener('abort', () => controller.error(signal.reason))
    streams.push({
      path: pathname,
      headers: request.headers,
      say: (message) => write(`data: ${JSON.stringify(message)}\n\n`),
      comment: () => write(':\n\n'),
      end: () => controller.close(),
      fail: () => controller.error(new TypeError('terminated')),
    })
    return new Response(body, { status: 200 })
  }
  return { fetch: fake, streams, state }
}
