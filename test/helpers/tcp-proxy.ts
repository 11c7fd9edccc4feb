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
  /** The next packet, from whoever, is passed on up to this share of it, and the connection is cut. */
  cutNext(share: number): void
  /** How often that has happened. */
  readonly cuts: number
  /** Who is connected is cut, and whoever comes from now on, until it is opened again. */
  shut(shut: boolean): void
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
  let cutting: number | null = null
  let cuts = 0
  let shut = false
  let trap: { text: string; meanwhile: () => Promise<unknown> } | null = null
  const sockets = new Set<Socket>()
  const silent = new WeakSet<Socket>()

  const server = createServer((client) => {
    if (shut) return void client.on('error', () => {}).destroy()
    const upstream = connect(port, '127.0.0.1')
    /** True when the packet was one to be cut. */
    const cut = (to: Socket, bytes: Buffer): boolean => {
      if (cutting === null) return false
      const part = bytes.subarray(0, Math.floor(bytes.length * cutting))
      cutting = null
      cuts++
      to.write(part, () => {
        client.destroy()
        upstream.destroy()
      })
      return true
    }
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
      if (!cut(upstream, bytes)) toServer(bytes)
    })
    upstream.on('data', async (bytes) => {
      if (silent.has(client)) return
      if (!losing) {
        if (!cut(client, bytes)) toClient(bytes)
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
    cutNext(share) {
      cutting = share
    },
    get cuts() {
      return cuts
    },
    shut(now) {
      shut = now
      if (shut) for (const socket of sockets) socket.destroy()
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
