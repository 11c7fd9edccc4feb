type Reply = {
  status?: number
  headers?: Record<string, string>
  body?: unknown
  /** The body, as a test writes it. */
  stream?: ReadableStream<Uint8Array>
}

/** What a call gets: an answer, a failure to connect, nothing at all, or an answer that never comes to its end. */
export type Fate = Reply | Error | 'silence' | 'stall' | ((request: Sent) => Reply)

export type Sent = { method: string; url: string; headers: Headers; body: string | undefined }

/** A fetch() that meets one fate after the other (the last one for good), and what was sent. */
export function createFakeFetch(...fates: Fate[]) {
  const sent: Sent[] = []

  const fake: typeof fetch = async (input, init = {}) => {
    const { method = 'GET', body, signal } = init
    const request = { method, url: String(input), headers: new Headers(init.headers), body: body as string }
    sent.push(request)
    const fate = fates.length > 1 ? fates.shift() : fates[0]
    if (fate instanceof Error) throw fate
    const given_up = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
    given_up.catch(() => {})
    if (fate === 'silence' || fate === undefined) return given_up
    if (fate === 'stall') return new Response(new ReadableStream({ pull: () => given_up }))
    const {
      status = 200,
      headers = {},
      body: answer,
      stream,
    } = typeof fate === 'function' ? fate(request) : fate
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
    return new Response(status === 204 ? null : (stream ?? text), { status, headers })
  }
  return { fetch: fake, sent }
}

export const refused = new TypeError('fetch failed', {
  cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
})

/** A failure in the server's words. */
export const failure = (
  status: number,
  code: string,
  more: { details?: unknown; retry_after?: string | undefined } = {},
) => ({
  status,
  headers: more.retry_after ? { 'retry-after': more.retry_after } : {},
  body: { error: { code, message: `${code} it is`, details: more.details, request_id: 'r-1' } },
})
