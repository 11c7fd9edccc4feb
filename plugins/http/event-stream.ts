import type { FastifyReply } from 'fastify'

/** How often a comment shows that a silent stream lives: proxies give up after 30 s or more. */
export const COMMENT_INTERVAL_MS = 10_000
export const COMMENT = ':\n\n'

/** How long readers may take for the last bytes at shutdown, in real time: a network is waited for, not a clock. */
export const GOODBYE_MS = 1000

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Tells nginx to hand each event on at once.
  'x-accel-buffering': 'no',
}

/** Sends the head of a stream of Server-Sent Events; what follows is written to `reply.raw`. */
export function beginEventStream(reply: FastifyReply): void {
  // hijack() forgets the headers that hooks have set (CORS, security, request id, rate limit): they go along.
  const headers = { ...reply.getHeaders(), ...EVENT_STREAM_HEADERS }
  reply.hijack()
  if (!reply.raw.destroyed) reply.raw.writeHead(200, headers as NodeJS.Dict<string>)
}

/** Ends a stream once its last bytes are out; an idle keep-alive connection would hold up a shutdown. */
export function endEventStream(raw: FastifyReply['raw']): void {
  const { socket } = raw
  raw.end(() => socket?.destroy())
}
