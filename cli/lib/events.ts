import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { Failure } from './failure.ts'
import { reasonOf, target } from './http.ts'
import type { ServerOptions } from './options.ts'
import { note } from './output.ts'

/** Servers send at least a comment every 15 s; a connection that is silent for longer is dead. */
const SILENCE_MS = 45_000
const LONGEST_BACKOFF_MS = 30_000
const LARGEST_EVENT = 4 * 1024 * 1024

/**
 * Calls `onEvent` for each event of a stream, and `onConnect` before the first of each connection, until `signal` aborts.
 * A connection that breaks is taken up again after the last event that was seen; `resumed` says that there was one. A
 * refusal ends with a Failure.
 */
export async function watchEvents(
  options: ServerOptions,
  path: string,
  signal: AbortSignal,
  onEvent: (event: EventSourceMessage) => void,
  onConnect: (resumed: boolean) => void = () => {},
): Promise<void> {
  let last_id: string | undefined
  let failures = 0
  while (!signal.aborted) {
    const link = new AbortController()
    const end = AbortSignal.any([signal, link.signal])
    try {
      const body = await connect(options, path, last_id, end)
      if (failures > 0) note('connected again')
      failures = 0
      onConnect(last_id !== undefined)
      await readStream(body, link, (event) => {
        // An empty one takes the id back: there is nothing to go on from.
        if (event.id !== undefined) last_id = event.id || undefined
        onEvent(event)
      })
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Failure) throw error
      if (failures === 0) note(`connection lost (${reasonOf(error)}), trying again`)
      failures += 1
    } finally {
      link.abort()
    }
    await wait(Math.random() * Math.min(LONGEST_BACKOFF_MS, 500 * 2 ** Math.min(failures, 10)), signal)
  }
}

async function connect(
  { server = '', serverAuth }: ServerOptions,
  path: string,
  last_id: string | undefined,
  signal: AbortSignal,
) {
  const { url, headers } = target(server, path)
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      ...headers,
      ...(serverAuth ? { authorization: `Bearer ${serverAuth}` } : {}),
      ...(last_id === undefined ? {} : { 'last-event-id': last_id }),
    },
    signal,
  })
  if (response.ok && response.body) return response.body
  const text = await response.text()
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.slice(0, 200)
  const passing = response.status >= 500 || response.status === 408 || response.status === 429
  if (passing) throw new Error(`${response.status} ${message}`)
  throw new Failure(`${server} says ${response.status}: ${message}`)
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  link: AbortController,
  onEvent: (event: EventSourceMessage) => void,
) {
  const parser = createParser({ onEvent, maxBufferSize: LARGEST_EVENT })
  const decoder = new TextDecoder()
  const dead = () => link.abort(new Error(`nothing heard for ${SILENCE_MS / 1000} s`))
  const timer = setTimeout(dead, SILENCE_MS)
  try {
    for await (const chunk of body) {
      timer.refresh()
      parser.feed(decoder.decode(chunk, { stream: true }))
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
