/**
 * Socket.IO as a baseline: each socket joins the room in its query, POST /ROOM sends one event of BARE_BYTES there.
 * With BARE_REDIS_URL its Redis adapter passes the events on to other instances.
 */
import { createServer } from 'node:http'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'

const text = 'x'.repeat(Number(process.env.BARE_BYTES ?? 829))
const url = process.env.BARE_REDIS_URL

const http = createServer((request, response) => {
  if (request.method === 'POST') {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const at = searchParams.get('at')
    io.to(pathname.slice(1)).emit('update', at === null ? { text } : { at: Number(at), text })
  }
  response.setHeader('content-type', 'application/json').end('{"data":{}}')
})
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
const key = process.env.BARE_PREFIX ?? 'socket.io'
if (url) io.adapter(createAdapter(new Redis(url), new Redis(url), { key }))
io.on('connection', (socket) => socket.join(socket.handshake.query.room as string))
http.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
