/**
 * Socket.IO as a baseline: each socket joins the room in its query, POST /ROOM sends one event of BARE_BYTES there.
 * With BARE_REDIS_URL its Redis adapter passes the events on to other instances.
 */
import { createServer } from 'node:http'
import { Redis } from 'ioredis'

// By a variable, so that it need not be installed; startSocketio() says so when it is not.
const [PACKAGE, ADAPTER] = ['socket.io', '@socket.io/redis-adapter']
const { Server } = await import(PACKAGE)
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
if (url) {
  const { createAdapter } = await import(ADAPTER)
  io.adapter(createAdapter(new Redis(url), new Redis(url), { key: process.env.BARE_PREFIX }))
}
type Joining = { handshake: { query: { room: string } }; join(room: string): void }
io.on('connection', (socket: Joining) => socket.join(socket.handshake.query.room))
http.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
