import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** A stand-in for an instance, which writes down what it is asked. `breaks`: it takes calls and cuts the connection. */
export async function startStub(t: Test, breaks: boolean) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    if (request.url === '/ready' || request.url === '/health') {
      response.end('{}')
      return
    }
    seen.push(request.url ?? '')
    request.resume()
    request.on('end', () => (breaks ? request.socket.destroy() : response.end('{}')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(close)
  return { port: (server.address() as AddressInfo).port, seen, close }
}
