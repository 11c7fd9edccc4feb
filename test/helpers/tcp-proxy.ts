import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Owner } from './not-run.ts'

export type TcpProxy = {
  port: number
  /** How many packets came from clients; one per round trip when nobody pipelines. */
  readonly requests: number
  /**
   * The server still executes the next request that holds `text`, but its reply never arrives: the connection is cut
   * instead, after `meanwhile`.
   */
  loseReplyTo(text: string, meanwhile?: () => Promise<unknown>): void
  /** Who is connected now hears nothing any more and is not heard, as when a firewall has forgotten the connection. */
  silence(): void
}

type Options = {
  /** Whoever sends this (in any case) is cut off, as by a proxy that does not know it. */
  refuse?: string
  /** How long the next packet takes to the server (`up`) and back (`down`), in ms; packets stay in order. */
  delay?: { up(): number; down(): number }
}

/** A TCP connection to `port` of 127.0.0.1 that can be cut where it hurts. */
export async function createTcpProxy(
  t: Pick<Owner, 'teardown'>,
  port: number,
  { refuse, delay = { up: () => 0, down: () => 0 } }: Options = {},
): Promise<TcpProxy> {
  let requests = 0
  let trap: { text: string; meanwhile: () => Promise<unknown> } | null = null
  const sockets = new Set<Socket>()
  const silent = new WeakSet<Socket>()

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let losing: (() => Promise<unknown>) | null = null
    const [toServer, toClient] = [delayed(upstream, delay.up), delayed(client, delay.down)]
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        if (!silent.has(client)) client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (silent.has(client)) return
      requests++
      if (refuse && bytes.toString('latin1').toLowerCase().includes(refuse)) return client.destroy()
      if (trap && bytes.includes(trap.text)) {
        losing = trap.meanwhile
        trap = null
      }
      toServer(bytes)
    })
    upstream.on('data', async (bytes) => {
      if (silent.has(client)) return
      if (!losing) {
        toClient(bytes)
        return
      }
      await losing()
      client.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })

  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests
    },
    loseReplyTo(text, meanwhile = async () => {}) {
      trap = { text, meanwhile }
    },
    silence() {
      for (const socket of sockets) silent.add(socket)
    },
  }
}

/** Writes each packet after its delay, but never before the one that came first: timers alone do not keep the order. */
function delayed(socket: Socket, delay: () => number): (bytes: Buffer) => void {
  const waiting: { bytes: Buffer; at: number }[] = []
  const flush = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const left = next.at - performance.now()
      if (left > 0) return void setTimeout(flush, left)
      socket.write(next.bytes)
      waiting.shift()
    }
  }
  return (bytes) => {
    const at = performance.now() + delay()
    waiting.push({ bytes, at: Math.max(at, waiting.at(-1)?.at ?? 0) })
    if (waiting.length === 1) flush()
  }
}
