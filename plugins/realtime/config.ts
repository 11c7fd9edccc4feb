import { type Static, Type } from '@sinclair/typebox'

const Count = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum, description, examples: [value] })

export const RealtimeConfigSchema = Type.Object({
  WS_MAX_MESSAGE_BYTES: Count(65_536, 1024, 1_048_576, 'Larger WebSocket messages end the socket (1009)'),
  WS_MAX_MESSAGES_PER_SECOND: Count(
    20,
    0,
    100_000,
    'Messages per socket, twice as many at once; 0: no limit',
  ),
  WS_MAX_SESSIONS_PER_SOCKET: Count(256, 1, 100_000, 'Sessions that one socket may watch'),
  WS_MAX_SOCKETS_PER_IP: Count(100, 0, 1_000_000, 'Open WebSockets per client address; 0: no limit'),
  WS_MAX_BUFFERED_BYTES: Count(1_048_576, 65_536, 1_073_741_824, 'Unread bytes that end a socket (4008)'),
  SSE_MAX_STREAMS_PER_IP: Count(100, 0, 1_000_000, 'Open event streams per client address; 0: no limit'),
  SLOW_READER_TIMEOUT_MS: Count(10_000, 100, 600_000, 'How long a reader may lag behind before it is ended'),
})

export type RealtimeConfig = Static<typeof RealtimeConfigSchema>
