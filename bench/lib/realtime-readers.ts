import { connect, type Socket } from 'node:net'
import { clientFrame, createEventCounter, createFrameParser, Opcode } from './realtime-frames.ts'

export type Readers = {
  /** Messages that all of them have got: text frames or events. */
  readonly received: number
  /** What came over the network to all of them, in bytes. */
  readonly bytes: number
  /** Resolves when so many messages were received; rejects when a connection is lost before. */
  until(received: number): Promise<void>
  close(): void
}

type Options = {
  base: string
  count: number
  /** Of one reader, by its number. */
  path(reader: number): string
  /** `socket.io`: WebSockets that speak the protocol of Socket.IO. */
  kind?: 'websocket' | 'socket.io' | 'events'
  onMessage?(payload: Buffer, reader: number): void
}

/** How many connect at the same time. */
const AT_ONCE = 50
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YSBidXN5IHJlYWRlciEhIQ==\r\n'
const TWO = '2'.charCodeAt(0)
const PONG = clientFrame(Opcode.pong)

/** All readers read into this: a Buffer for each read would cost more than the rest of a reader. */
const shared = Buffer.alloc(262_144)

/**
 * Many readers on bare sockets that do next to nothing with what they get: a client that shares the cores with the
 * server it measures must not be the slower one of the two. Resolves when all are connected.
 */
export async function openReaders(options: Options): Promise<Readers> {
  const { base, count, path, kind = 'websocket', onMessage } = options
  const { hostname, port, host } = new URL(base)
  const sockets = new Set<Socket>()
  let received = 0
  let bytes = 0
  let target = Number.POSITIVE_INFINITY
  let reached = () => {}
  let failed = (_: Error) => {}

  function take(payload: Buffer | null, reader: number) {
    received++
    if (payload) onMessage?.(payload, reader)
    if (received >= target) reached()
  }

  const one = (reader: number) =>
    new Promise<void>((resolve, reject) => {
      let parse = head
      const frames = createFrameParser((opcode, payload) => {
        if (opcode === Opcode.ping) socket.write(PONG)
        else if (opcode !== Opcode.text) return
        else if (kind === 'socket.io') engine(payload)
        else take(payload, reader)
      })
      const events = createEventCounter(() => take(null, reader))

      /** Packets of Engine.IO: 0 and 40 greet, 2 is a ping, 42 carries an event. */
      function engine(payload: Buffer) {
        if (payload[0] === TWO) socket.write(clientFrame(Opcode.text, '3'))
        else if (payload[1] === TWO) take(payload, reader)
        else if (payload.toString('latin1', 0, 2) === '40') resolve()
      }

      function head(chunk: Buffer) {
        const end = chunk.indexOf('\r\n\r\n')
        const status = chunk.toString('latin1', 9, 12)
        if (end < 0 || status !== (kind === 'events' ? '200' : '101'))
          return reject(new Error(`${path(reader)} was answered with ${status}`))
        parse = kind === 'events' ? events : frames
        if (kind === 'socket.io') socket.write(clientFrame(Opcode.text, '40'))
        else resolve()
        if (chunk.length > end + 4) parse(chunk.subarray(end + 4))
      }

      const socket = connect({
        port: Number(port),
        host: hostname,
        noDelay: true,
        onread: {
          buffer: shared,
          callback(size) {
            bytes += size
            parse(shared.subarray(0, size))
            return true
          },
        },
      })
      sockets.add(socket)
      socket.once('connect', () => {
        const upgrade = kind === 'events' ? '' : UPGRADE
        socket.write(`GET ${path(reader)} HTTP/1.1\r\nHost: ${host}\r\n${upgrade}\r\n`)
      })
      const lost = () => {
        if (!sockets.has(socket)) return
        const error = new Error(`reader ${reader} of ${base} was cut off`)
        reject(error)
        failed(error)
      }
      socket.on('error', lost).on('close', lost)
    })

  for (let from = 0; from < count; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => one(from + i))
    await Promise.all(batch)
  }

  return {
    get received() {
      return received
    },
    get bytes() {
      return bytes
    },
    until: (wanted) =>
      new Promise((resolve, reject) => {
        if (received >= wanted) return resolve()
        target = wanted
        failed = reject
        reached = () => {
          target = Number.POSITIVE_INFINITY
          resolve()
        }
      }),
    close() {
      const all = [...sockets]
      sockets.clear()
      for (const socket of all) socket.destroy()
    },
  }
}
