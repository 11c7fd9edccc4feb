import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export type Gate = {
  /** The URL with this gate in the place of its server. */
  url: string
  /** From now on nobody gets through, and who was connected is cut off. */
  shut(): Promise<void>
  open(): Promise<void>
  /** From now on nothing that is said is heard or answered, as when the machine is gone. */
  freeze(): void
}

/** Stands in front of a TCP server, so that a test can take the server away and bring it back. */
export async function gateTo(t: Test, target: string): Promise<Gate> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  })
  const shut = async () => {
    if (!server.listening) return
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const own = (server.address() as AddressInfo).port
  t.teardown(shut)
  const url = new URL(target)
  url.host = `127.0.0.1:${own}`
  return {
    url: url.href,
    shut,
    async open() {
      server.listen(own, '127.0.0.1')
      await once(server, 'listening')
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause()
    },
  }
}
