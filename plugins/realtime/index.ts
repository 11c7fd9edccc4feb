import websocket from '@fastify/websocket'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import routes from '../../routes/realtime.ts'
import type { RealtimeConfig } from './config.ts'
import { createHub, type Hub } from './hub.ts'
import { createRealtimeMetrics, observe } from './metrics.ts'
import { Close } from './protocol.ts'
import { SESSIONS_TOPIC, sessionCodec } from './session-codec.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { createStreams, type Streams } from './sse.ts'

export { RealtimeConfigSchema } from './config.ts'

declare module 'fastify' {
  interface FastifyInstance {
    realtime: { hub: Hub; sockets: Sockets; streams: Streams }
  }
}

/** How long a client may take to answer a close, before it is cut off, in ms; @types/ws does not know it. */
const CLOSE_TIMEOUT = { closeTimeout: 5000 }

/** Tells clients what changed: the store's updates of any topic, to WebSockets and event streams of this instance. */
const plugin: FastifyPluginAsync<RealtimeConfig> = async (app, config) => {
  const { store, clock } = app
  const metrics = createRealtimeMetrics(app.metrics.client)
  const hub = createHub({ store, clock })
  const { standing } = app.auth
  const sockets = createSockets({ hub, clock, config, metrics, standing, allowsOrigin: app.allowsOrigin })
  const streams = createStreams({ hub, clock, config, metrics, standing })
  observe(app.metrics.client, { hub, sockets, streams })
  hub.register(SESSIONS_TOPIC, sessionCodec, ({ id }, told) => app.sessions.heal(id, told))

  app.decorate('realtime', { hub, sockets, streams })
  app.addHook('onClose', () => hub.close())
  await app.register(websocket, {
    options: {
      maxPayload: config.WS_MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: app.auth.chooseProtocol,
      ...CLOSE_TIMEOUT,
    },
    async preClose() {
      await Promise.all([sockets.close(), streams.close()])
    },
    errorHandler(error, socket, request) {
      request.log.debug({ err: error }, 'socket failed')
      // After a frame that breaks the protocol ws has said why (1002, 1007, 1009); this is for what is left.
      socket.close(...Close.internal)
    },
  })
  await app.register(routes)
}

export default fp(plugin, {
  name: 'realtime',
  dependencies: ['clock', 'errors', 'metrics', 'security', 'auth', 'store', 'sessions'],
})
