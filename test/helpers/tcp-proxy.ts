import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export type TcpProxy = {
  port: number
  /** How many packets came from clients; one per round trip when nobody pipelines. */
  readonly requests: number
  /**
   * The server still executes the next request that holds `text`, but its reply never arrives: the connection is cut
   * instead, after `meanwhile`.
   */
  loseReplyTo(text: string, meanwhile?: () => Promise<unknown>): void
}

type Options = {
  /** Whoever sends this (in any case) is cut off, as by a proxy that does not know it. */
  refuse?: string
  /** How long the next packet takes to the server (`up`) and back (`down`), in ms; packets stay in order. */
  delay?: { up(): number; down(): number }
}

/** A TCP connection to `port` of 127.0.0.1 that can be cut where it hurts. */
export async function createTcpProxy(
  t: Test,
  port: number,
  { refuse, delay = { up: () => 0, down: () => 0 } }: Options = {},
): Promise<TcpProxy> {
  let requests = 0
  let trap: { text: string; meanwhile: () => Promise<unknown> } | null = null
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let losing: (() => Promise<unknown>) | null = null
    const [toServer, toClient] = [delayed(upstream, delay.up), delayed(client, delay.down)]
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => {
      requests++
      if (refuse && bytes.toString('latin1').toLowerCase().includes(refuse)) return client.destroy()
      if (trap && bytes.includes(trap.text)) {
        losing = trap.meanwhile
        trap = null
      }
      toServer(bytes)
    })
    upstream.on('data', async (bytes) => {
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
  }
}

/** Writes each packet after its delay, but never before the one that came first. */
function delayed(socket: Socket, delay: () => number): (bytes: Buffer) => void {
  let free_at = 0
  return (bytes) => {
    const wait = delay()
    if (wait === 0 && free_at <= performance.now()) return socket.write(bytes)
    free_at = Math.max(free_at, performance.now() + wait)
    setTimeout(() => socket.write(bytes), free_at - performance.now())
  }
}
