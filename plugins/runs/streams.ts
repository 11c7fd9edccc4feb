import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { createTally } from '../realtime/limits.ts'
import type { RunsConfig } from './config.ts'
import type { Feed } from './feed.ts'

/** Proxies give up on a silent answer after 30 s or more. */
export const COMMENT_INTERVAL_MS = 10_000

/** How long readers may take for the last bytes at shutdown, in real time: a network is waited for, not a clock. */
const GOODBYE_MS = 1000

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Tells nginx to hand each event on at once.
  'x-accel-buffering': 'no',
}

type Options = {
  feed: Feed
  clock: Clock
  config: Pick<RunsConfig, 'WS_MAX_BUFFERED_BYTES' | 'SSE_MAX_STREAMS_PER_IP'>
}

/** The readers of the feed over Server-Sent Events. Whoever does not keep up is ended, and may come back for the rest. */
export function createStreams({ feed, clock, config }: Options) {
  const open = new Set<FastifyReply['raw']>()
  const tally = createTally(config.SSE_MAX_STREAMS_PER_IP, 'event streams')

  const write = (raw: FastifyReply['raw'], chunk: Buffer | string) => {
    if (raw.destroyed || raw.writableEnded) return
    if (raw.writableLength > config.WS_MAX_BUFFERED_BYTES) raw.destroy()
    else raw.write(chunk)
  }
  const stop = clock.every(COMMENT_INTERVAL_MS, () => {
    for (const raw of open) write(raw, ':\n\n')
  })

  return {
    get size() {
      return open.size
    },

    /** @throws DomainError RATE_LIMIT_EXCEEDED when this address has too many */
    open(request: FastifyRequest, reply: FastifyReply, lastId: string | undefined): FastifyReply {
      tally.check(request.ip)
      if (request.method === 'HEAD') return reply.headers(HEADERS).send()
      const { raw } = reply
      // hijack() forgets the headers that hooks have set (CORS, security, request id): they go along.
      const headers = { ...reply.getHeaders(), ...HEADERS } as NodeJS.Dict<string>
      reply.hijack()
      raw.on('error', () => {})
      raw.writeHead(200, headers)
      // With an id from the start on a reader that breaks off before the first event misses none either.
      write(
        raw,
        `retry: 1000\n${feed.latest === null || lastId !== undefined ? '' : `id: ${feed.latest}\n`}\n`,
      )
      const leave = feed.join(
        {
          take: ({ event }) => write(raw, event),
          reset(latest) {
            const data = JSON.stringify({ type: 'reset', timestamp: new Date(clock.now()).toISOString() })
            write(raw, `event: reset\nid: ${latest ?? ''}\ndata: ${data}\n\n`)
          },
        },
        lastId,
      )
      const release = tally.add(request.ip)
      open.add(raw)
      raw.once('close', () => {
        leave()
        release()
        open.delete(raw)
      })
      return reply
    },

    /** Ends all of them; clients come back to another instance by themselves. */
    close(): void {
      stop()
      const readers = [...open]
      for (const raw of readers) {
        const { socket } = raw
        // Once the last bytes are out; an idle keep-alive connection would hold up the shutdown.
        raw.end(() => socket?.destroy())
      }
      setTimeout(() => {
        for (const raw of readers) raw.destroy()
      }, GOODBYE_MS).unref()
    },
  }
}

export type RunStreams = ReturnType<typeof createStreams>
