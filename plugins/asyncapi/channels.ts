import { ClientName, Delta, SessionId } from '../../schemas/realtime.ts'
import { Close } from '../realtime/protocol.ts'
import type { Components } from './schemas.ts'

const ref = (path: string) => ({ $ref: `#/${path}` })

const CLOSE_CODES = Object.values(Close)
  .map(([code, reason]) => `- ${code} ${reason}`)
  .join('\n')

const SESSION_SOCKET = `Text frames of JSON; also at /ws. With sessionId the socket is about that session and ends with it; with
multiplex=1 it has no session of its own and watches those that it subscribes to. The versions of each session rise strictly.
With delta=1 each session begins with a STATE_SYNC, and from then on its changes come as STATE_DELTA where the reader has the
state they build on, else as STATE_SYNC again; there is no STATE_UPDATE.
The server pings every 5 s and ends a socket that has not answered by the next ping. Closed with:

${CLOSE_CODES}`

const RUN_FEED = `With the id of the last event the reader gets what followed, or a reset when that is too long ago: then the
runs are to be read again.`

const TOKEN_HEADERS = {
  type: 'object',
  properties: {
    Authorization: { type: 'string', description: 'Bearer TOKEN' },
    'Sec-WebSocket-Protocol': {
      type: 'string',
      description: 'synckairos, bearer.BASE64URL_OF_TOKEN: for pages, which can set no other header',
    },
  },
}

const LAST_EVENT = {
  type: 'object',
  properties: {
    last_event_id: {
      type: 'string',
      maxLength: 256,
      description: 'The id of the last event that the reader has; over HTTP also as Last-Event-ID',
    },
  },
}

/** Where messages are exchanged. `names`: those of all messages, `client.PING` and so on. */
export function createChannels(components: Components, names: string[]) {
  const messages = (fits: (name: string) => boolean) =>
    Object.fromEntries(names.filter(fits).map((name) => [name, ref(`components/messages/${name}`)]))
  const of = (...sides: string[]) => messages((name) => sides.some((side) => name.startsWith(`${side}.`)))

  return {
    sessionSocket: {
      address: '/v1/ws',
      title: 'Sessions, over a WebSocket',
      description: SESSION_SOCKET,
      servers: [ref('servers/websocket')],
      messages: of('client', 'server'),
      bindings: {
        ws: {
          method: 'GET',
          query: {
            type: 'object',
            properties: {
              sessionId: components.write(SessionId),
              multiplex: { const: '1' },
              client: components.write(ClientName),
              delta: components.write(Delta),
            },
            oneOf: [{ required: ['sessionId'] }, { required: ['multiplex'] }],
          },
          headers: TOKEN_HEADERS,
          bindingVersion: '0.1.0',
        },
      },
    },
    sessionEvents: {
      address: '/v1/sessions/{session_id}/events',
      title: 'One session, as Server-Sent Events',
      description:
        'The same messages, as data of events whose ids are positions. The stream ends when the session is deleted.',
      servers: [ref('servers/http')],
      parameters: { session_id: { description: 'The session' } },
      messages: messages((name) => /^server\.(STATE_|SESSION_DELETED)/.test(name)),
    },
    runSocket: {
      address: '/v1/runs/ws',
      title: 'All runs, over a WebSocket',
      description: `Text frames of JSON; also at /api/v1/tests/ws. ${RUN_FEED} Of what a reader says only PING is heard.`,
      servers: [ref('servers/websocket')],
      messages: messages((name) => /^(run\.|client\.PING$|server\.PONG$)/.test(name)),
      bindings: {
        ws: { method: 'GET', query: LAST_EVENT, headers: TOKEN_HEADERS, bindingVersion: '0.1.0' },
      },
    },
    runEvents: {
      address: '/v1/runs/events',
      title: 'All runs, as Server-Sent Events',
      description: `The same messages, as data of events; also at /api/v1/events?stream=tests. ${RUN_FEED}`,
      servers: [ref('servers/http')],
      messages: of('run'),
    },
  }
}

type Channels = ReturnType<typeof createChannels>

/** What the server answers to each message of a client, where it answers. */
const REPLIES: Record<string, string[]> = {
  PING: ['PONG'],
  TIME_SYNC: ['TIME_SYNC'],
  RECONNECT: ['STATE_SYNC', 'ERROR'],
  REQUEST_SYNC: ['STATE_SYNC', 'ERROR'],
  SUBSCRIBE: ['STATE_SYNC', 'ERROR'],
}

const http = (query: object) => ({ http: { method: 'GET', query, bindingVersion: '0.3.0' } })

/** What the server does in the channels: it receives each message of a client, and sends the others. */
export function createOperations(channels: Channels) {
  const within = (channel: string, name: string) => ref(`channels/${channel}/messages/${name}`)
  const socket = ref('channels/sessionSocket')
  const { client, delta } = channels.sessionSocket.bindings.ws.query.properties
  const received = Object.keys(channels.sessionSocket.messages)
    .filter((name) => name.startsWith('client.'))
    .map((name) => {
      const type = name.slice('client.'.length)
      const replies = REPLIES[type]?.map((reply) => within('sessionSocket', `server.${reply}`))
      const operation = {
        action: 'receive',
        channel: socket,
        messages: [within('sessionSocket', name)],
        ...(replies && { reply: { channel: socket, messages: replies } }),
      }
      return [`receive_${type}`, operation] as const
    })
  const sends = (channel: keyof Channels, bindings?: object) => ({
    action: 'send',
    channel: ref(`channels/${channel}`),
    messages: Object.keys(channels[channel].messages)
      .filter((name) => !name.startsWith('client.'))
      .map((name) => within(channel, name)),
    ...(bindings && { bindings }),
  })
  return {
    ...Object.fromEntries(received),
    receiveOverRunSocket: {
      action: 'receive',
      channel: ref('channels/runSocket'),
      messages: [within('runSocket', 'client.PING')],
      reply: { channel: ref('channels/runSocket'), messages: [within('runSocket', 'server.PONG')] },
    },
    sendOverSessionSocket: sends('sessionSocket'),
    sendSessionEvents: sends('sessionEvents', http({ type: 'object', properties: { client, delta } })),
    sendOverRunSocket: sends('runSocket'),
    sendRunEvents: sends('runEvents', http(LAST_EVENT)),
  }
}
