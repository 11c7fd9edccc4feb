import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createParser } from 'eventsource-parser'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { type ClientOptions, WebSocket } from 'ws'

/** Lets an app listen on a free port, for real sockets; `127.0.0.1:port`. */
export async function listen(app: FastifyInstance): Promise<string> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  return `127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape
export type Message = any

/** What arrived, and a way to wait for what has not yet; each message is handed out once. */
export function createInbox() {
  const messages: Message[] = []
  const waiting = new Set<() => void>()
  let next = 0
  return {
    messages,
    add(message: Message) {
      messages.push(message)
      for (const look of [...waiting]) look()
    },
    /** The first one of this type (or that fits) after the one handed out before. */
    until(wanted: string | ((message: Message) => boolean)): Promise<Message> {
      const fits = typeof wanted === 'string' ? (message: Message) => message.type === wanted : wanted
      return new Promise((resolve) => {
        const look = () => {
          while (next < messages.length) {
            const message = messages[next++]
            if (!fits(message)) continue
            waiting.delete(look)
            return resolve(message)
          }
        }
        waiting.add(look)
        look()
      })
    },
    /** The versions of the states, in the order of arrival. */
    get versions(): number[] {
      return messages.filter(({ type }) => type?.startsWith('STATE_')).map(({ version }) => version)
    },
  }
}

/** An open WebSocket to an app; ended after the test. Rejects with the HTTP status when the upgrade was refused. */
export async function connect(
  t: Test,
  app: FastifyInstance,
  path: string,
  options: ClientOptions = {},
  protocols: string[] = [],
) {
  const url = `ws://${await listen(app)}${path}`
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options })
  const inbox = createInbox()
  t.teardown(() => socket.terminate())
  socket.on('message', (data) => inbox.add(JSON.parse(data.toString())))
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  await once(socket, 'open')
  socket.on('error', () => {})
  const send = (message: unknown) => socket.send(JSON.stringify(message))
  return {
    socket,
    closed,
    send,
    messages: inbox.messages,
    until: inbox.until,
    get versions() {
      return inbox.versions
    },
    /** Resolves once the server has handled all that was sent before. */
    async roundTrip() {
      send({ type: 'PING' })
      await inbox.until('PONG')
    },
  }
}

/** A socket on a session that has greeted, and synced when there is a state. */
export async function watch(t: Test, app: FastifyInstance, id: string, options?: ClientOptions) {
  const client = await connect(t, app, `/ws?sessionId=${id}`, options)
  await client.until('CONNECTED')
  return client
}

/** An event stream; ended after the test. With another status than 200 the inbox stays empty. */
export async function openEvents(
  t: Test,
  app: FastifyInstance,
  id: string,
  headers: Record<string, string> = {},
  query = '',
) {
  const request = get(`http://${await listen(app)}/v1/sessions/${id}/events${query}`, { headers })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  t.teardown(() => request.destroy())
  const inbox = createInbox()
  const seen = { ids: [] as (string | undefined)[], comments: 0, retry: 0, text: '' }
  const parser = createParser({
    onEvent({ data, id: eventId, event }) {
      seen.ids.push(eventId)
      inbox.add({ ...JSON.parse(data), ...(event && { event }) })
    },
    onComment: () => void seen.comments++,
    onRetry: (retry) => {
      seen.retry = retry
    },
  })
  response.setEncoding('utf8')
  response.on('data', (chunk) => {
    if (response.statusCode === 200) parser.feed(chunk)
    else seen.text += chunk
  })
  response.on('error', () => {})
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  return {
    response,
    request,
    ended,
    seen,
    messages: inbox.messages,
    until: inbox.until,
    get versions() {
      return inbox.versions
    },
  }
}
