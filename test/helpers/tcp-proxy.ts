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

/** A TCP connection to `port` of 127.0.0.1 that can be cut where it hurts. */
export async function createTcpProxy(t: Test, port: number): Promise<TcpProxy> {
  let requests = 0
  let trap: { text: string; meanwhile: () => Promise<unknown> } | null = null
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let losing: (() => Promise<unknown>) | null = null
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
      if (trap && bytes.includes(trap.text)) {
        losing = trap.meanwhile
        trap = null
      }
      upstream.write(bytes)
    })
    upstream.on('data', async (bytes) => {
      if (!losing) {
        client.write(bytes)
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
