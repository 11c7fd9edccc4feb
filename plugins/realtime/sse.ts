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
import { type Frame, parseEventId } from './frames.ts'
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

type Stream = { raw: FastifyReply['raw']; beat(): void; end(): void }

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

  const stop = clock.every(COMMENT_INTERVAL_MS, () => {
    for (const stream of open) stream.beat()
  })

  return {
    get size() {
      return open.size
    },

    /**
     * Answers with the state of the key and everything that follows; with nothing but what follows when Last-Event-ID
     * names that state. Rejects, before anything was sent, when there is no state or the address has too many streams.
     * `name`: what the reader calls itself.
     */
    async open(
      request: FastifyRequest,
      reply: FastifyReply,
      key: Key,
      name: string | null = null,
    ): Promise<FastifyReply> {
      tally.check(request.ip)
      const { raw } = reply
      const release = tally.add(request.ip)
      const mayStay = standing(request)
      const outlet = createOutlet({
        clock,
        timeout_ms: config.SLOW_READER_TIMEOUT_MS,
        buffered: () => raw.writableLength,
        write: writeFrame,
        onStuck: endSlow,
      })
      const reader = { id: randomUUID(), name, transport: 'sse', connected_at: clock.now() } as const
      const subscription = hub.subscribe(key, outlet.offer, reader)
      const stream = { raw, beat, end }

      function begin() {
        if (reply.sent) return
        beginEventStream(reply)
        if (!raw.destroyed) raw.write('retry: 1000\n\n')
      }

      function writeFrame(frame: Frame) {
        if (closing || request.method === 'HEAD' || raw.destroyed || raw.writableEnded) return
        begin()
        metrics.sent()
        raw.write(frame.event, () => outlet.flush())
        if (frame.update.document === null) raw.end()
      }

      function endSlow() {
        if (raw.destroyed) return
        metrics.slow()
        raw.destroy()
      }

      function beat() {
        if (outlet.stuck) endSlow()
        else if (!mayStay()) dismiss()
        else if (reply.sent && !outlet.lagging && !raw.writableEnded) raw.write(COMMENT)
      }

      /** Who does not even take the end by the next beat is cut off. */
      function dismiss() {
        if (raw.writableEnded) raw.destroy()
        else end()
      }

      function end() {
        if (reply.sent) endEventStream(raw)
      }

      function forget() {
        subscription.end()
        open.delete(stream)
        release()
      }

      open.add(stream)
      raw.once('close', forget)
      raw.on('error', () => {})
      try {
        await subscription.sync(parseEventId(request.headers['last-event-id']))
        if (closing) throw new DomainError('unavailable', 'SHUTTING_DOWN', 'The server is shutting down')
      } catch (error) {
        if (reply.sent) return reply
        subscription.end()
        throw error
      }
      if (request.method === 'HEAD') {
        subscription.end()
        return reply.headers(EVENT_STREAM_HEADERS).send()
      }
      begin()
      return reply
    },

    /** Ends every stream; clients come back to another instance by themselves. Who does not read is cut off. */
    async close(): Promise<void> {
      closing = true
      stop()
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
