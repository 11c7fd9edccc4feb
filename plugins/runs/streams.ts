import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import {
  beginEventStream,
  COMMENT,
  COMMENT_INTERVAL_MS,
  EVENT_STREAM_HEADERS,
  endEventStream,
  GOODBYE_MS,
} from '../http/event-stream.ts'
import { createHeartbeat } from '../realtime/heartbeat.ts'
import { createTally } from '../realtime/limits.ts'
import type { RunsConfig } from './config.ts'
import type { Feed } from './feed.ts'
import { createLag, type Lag } from './lag.ts'

type Options = {
  feed: Feed
  clock: Clock
  config: Pick<RunsConfig, 'WS_MAX_BUFFERED_BYTES' | 'SLOW_READER_TIMEOUT_MS' | 'SSE_MAX_STREAMS_PER_IP'>
  /** Gives the question whether the token of this request still opens streams. */
  standing(request: FastifyRequest): () => boolean
}

/** The readers of the feed over Server-Sent Events. Whoever does not keep up is ended, and may come back for the rest. */
export function createStreams({ feed, clock, config, standing }: Options) {
  const open = new Set<FastifyReply['raw']>()
  const heartbeat = createHeartbeat(clock, COMMENT_INTERVAL_MS)
  const tally = createTally(config.SSE_MAX_STREAMS_PER_IP, 'event streams')

  const write = (raw: FastifyReply['raw'], chunk: Buffer | string, done?: () => void) => {
    if (raw.destroyed || raw.writableEnded) return
    if (raw.writableLength > config.WS_MAX_BUFFERED_BYTES) raw.destroy()
    else raw.write(chunk, done)
  }
  const beat = (raw: FastifyReply['raw'], lag: Lag, mayStay: () => boolean) => {
    if (lag.stuck) raw.destroy()
    else if (mayStay()) write(raw, COMMENT)
    else if (raw.writableEnded) raw.destroy()
    else endEventStream(raw)
  }

  return {
    get size() {
      return open.size
    },

    /** @throws DomainError RATE_LIMIT_EXCEEDED when this address has too many */
    open(request: FastifyRequest, reply: FastifyReply, lastId: string | undefined): FastifyReply {
      tally.check(request.ip)
      if (request.method === 'HEAD') return reply.headers(EVENT_STREAM_HEADERS).send()
      const { raw } = reply
      raw.on('error', () => {})
      beginEventStream(reply)
      // With an id from the start on a reader that breaks off before the first event misses none either.
      write(
        raw,
        `retry: 1000\n${feed.latest === null || lastId !== undefined ? '' : `id: ${feed.latest}\n`}\n`,
      )
      const lag = createLag(clock, config.SLOW_READER_TIMEOUT_MS, () => raw.writableLength)
      const leave = feed.join(
        {
          take: ({ event }, done) => write(raw, event, done && lag.until(done)),
          reset(latest) {
            const data = JSON.stringify({ type: 'reset', timestamp: new Date(clock.now()).toISOString() })
            write(raw, `event: reset\nid: ${latest ?? ''}\ndata: ${data}\n\n`)
          },
        },
        lastId,
      )
      const release = tally.add(request.ip)
      const mayStay = standing(request)
      const calm = heartbeat.add(() => beat(raw, lag, mayStay))
      open.add(raw)
      raw.once('close', () => {
        leave()
        release()
        calm()
        open.delete(raw)
      })
      return reply
    },

    /** Ends all of them; clients come back to another instance by themselves. */
    close(): void {
      heartbeat.stop()
      const readers = [...open]
      for (const raw of readers) endEventStream(raw)
      setTimeout(() => {
        for (const raw of readers) raw.destroy()
      }, GOODBYE_MS).unref()
    },
  }
}

export type RunStreams = ReturnType<typeof createStreams>
