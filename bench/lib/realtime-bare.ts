/**
 * The baseline of a broadcast: every POST sends one Buffer of BARE_BYTES to all WebSockets (`ws` alone, one loop), or to
 * all event streams (`/events`), which are written to with `response.write` alone. Idle sockets are pinged every 5 s.
 */
import { createServer, type ServerResponse } from 'node:http'
import { WebSocketServer } from 'ws'

const HEARTBEAT_MS = 5000
const message = Buffer.alloc(Number(process.env.BARE_BYTES ?? 829), 'x')
const event = Buffer.concat([Buffer.from('data: '), message, Buffer.from('\n\n')])
const streams = new Set<ServerResponse>()

const server = createServer((request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    streams.add(response)
    response.once('close', () => streams.delete(response))
    return
  }
  if (request.method === 'POST') {
    for (const socket of sockets.clients) socket.send(message, { binary: false })
    for (const stream of streams) stream.write(event)
  }
  response.setHeader('content-type', 'application/json').end('{"data":{}}')
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', () => {})
})
setInterval(() => {
  for (const socket of sockets.clients) socket.ping()
}, HEARTBEAT_MS)
server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
