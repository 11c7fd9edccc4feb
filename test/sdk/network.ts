import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { listen } from '../helpers/realtime.ts'
import { createTcpProxy } from '../helpers/tcp-proxy.ts'

/** Up to 40 ms, the same in each run; of eight in a row at least one is quick, as on any network that is not broken. */
export function jitter(): () => number {
  let seed = 1
  return () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % 4 === 0 ? 0 : seed % 41
  }
}

/** The port of a way to an app that takes up to 40 ms in each direction. */
export async function slowPortOf(t: Test, app: FastifyInstance): Promise<number> {
  const port = Number((await listen(app)).split(':')[1])
  return (await createTcpProxy(t, port, { delay: { up: jitter(), down: jitter() } })).port
}

/** One address for several ports, as a load balancer has it: whoever connects gets the present one. */
export async function balance(t: Test, ports: number[]) {
  const sockets = new Set<Socket>()
  let present = 0
  const server = createServer((client) => {
    const upstream = connect(ports[present] as number, '127.0.0.1')
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
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    server.close()
    cut()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The present one is gone: who was connected to it is cut off, and comes to the next one. */
    failOver() {
      present = (present + 1) % ports.length
      cut()
    },
  }
}
