import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../../engine/errors.ts'
import type { Clock } from '../clock.ts'
import {
  beginEventStream,
  COMMENT,
  COMMENT_INTERVAL_MS,
  EVENT_STREAM_HEADERS,
  endEventStream,
  GOODBYE_MS,
} from '../http/event-stream.ts'
import type { Key } from '../store/state-store.ts'
import type { RealtimeConfig } from './config.ts'
import { type Frame, type Message, nameOf } from './frames.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { Hub } from './hub.ts'
import { createTally } from './limits.ts'
import type { RealtimeMetrics } from './metrics.ts'
import { createOutlet } from './outlet.ts'

type Options = {
  hub: Hub
  clock: Clock
  config: RealtimeConfig
  metrics: RealtimeMetrics
  /** Gives the question whether the token of this request still opens streams. */
  standing(request: FastifyRequest): () => boolean
}

type Stream = { raw: FastifyReply['raw']; end(): void }

/**
 * All event streams of this instance.
 *
 * Written to the raw response: @fastify/sse 0.6 serialises each message for each reader anew, keeps a queue for a slow
 * one instead of the newest state, has a real timer per stream, and leaves open streams to hold up app.close().
 */
export function createStreams({ hub, clock, config, metrics, standing }: Options) {
  const open = new Set<Stream>()
  const tally = createTally(config.SSE_MAX_STREAMS_PER_IP, 'event streams')
  let closing = false

  const heartbeat = createHeartbeat(clock, COMMENT_INTERVAL_MS)

  return {
    get size() {
      return open.size
    },

    /**
     * Answers with the state of the key and everything that follows; with nothing but what follows when Last-Event-ID
     * names that state. Rejects, before anything was sent, when there is no state or the address has too many streams.
     * `name`: what the reader calls itself. `delta`: it wants changes rather than states.
     */
    async open(
      request: FastifyRequest,
      reply: FastifyReply,
      key: Key,
      { name = null, delta = false }: { name?: string | null; delta?: boolean } = {},
    ): Promise<FastifyReply> {
      tally.check(request.ip)
      const { raw } = reply
      const { socket, httpVersion } = request.raw
      const chunked = httpVersion === '1.1'
      const headOnly = request.method === 'HEAD'
      let begun = false
      const release = tally.add(request.ip)
      const mayStay = standing(request)
      const outlet = createOutlet({
        clock,
        timeout_ms: config.SLOW_READER_TIMEOUT_MS,
        buffered: () => raw.writableLength,
        delta,
        write: writeFrame,
        onStuck: endSlow,
      })
      outlet.follow(nameOf(key))
      const reader = { id: randomUUID(), name, transport: 'sse', connected_at: clock.now() } as const
      const subscription = hub.subscribe(key, outlet.offer, reader)
      const stream = { raw, end }

      function begin() {
        if (begun) return
        begun = true
        beginEventStream(reply)
        if (!raw.destroyed) raw.write('retry: 1000\n\n')
      }

      /**
       * Past `raw`, in the bytes that all streams share; it would write the head, body and end of a chunk by themselves.
       * Without a socket of its own the response still waits for the one before it, and keeps what it is given.
       */
      function writeFrame({ update }: Frame, message: Message) {
        if (closing || headOnly || raw.destroyed || raw.writableEnded) return
        begin()
        metrics.sent()
        if (raw.socket && chunked) raw.socket.write(message.chunk)
        else raw.write(message.event)
        if (update.document === null) raw.end()
      }

      function endSlow() {
        if (raw.destroyed) return
        metrics.slow()
        raw.destroy()
      }

      function beat() {
        if (outlet.stuck) endSlow()
        else if (!mayStay()) dismiss()
        else if (begun && !outlet.lagging && !raw.writableEnded) raw.write(COMMENT)
      }

      /** Who does not even take the end by the next beat is cut off. */
      function dismiss() {
        if (raw.writableEnded) raw.destroy()
        else end()
      }

      function end() {
        if (begun) endEventStream(raw)
      }

      function forget() {
        // A connection may outlive the stream.
        socket.off('drain', outlet.flush)
        subscription.end()
        calm()
        open.delete(stream)
        release()
      }

      const calm = heartbeat.add(beat)
      open.add(stream)
      raw.once('close', forget)
      socket.on('drain', outlet.flush)
      raw.on('error', () => {})
      try {
        await subscription.sync(request.headers['last-event-id']?.toString())
        if (closing) throw new DomainError('unavailable', 'SHUTTING_DOWN', 'The server is shutting down')
      } catch (error) {
        if (begun) return reply
        subscription.end()
        throw error
      }
      if (headOnly) {
        subscription.end()
        return reply.headers(EVENT_STREAM_HEADERS).send()
      }
      begin()
      return reply
    },

    /** Ends every stream; clients come back to another instance by themselves. Who does not read is cut off. */
    async close(): Promise<void> {
      closing = true
      heartbeat.stop()
      const timer = setTimeout(() => {
        for (const { raw } of open) raw.destroy()
      }, GOODBYE_MS)
      await Promise.all(
        [...open].map(
          ({ raw, end }) =>
            new Promise((resolve) => {
              raw.once('close', resolve)
              end()
            }),
        ),
      )
      clearTimeout(timer)
    },
  }
}

export type Streams = ReturnType<typeof createStreams>
