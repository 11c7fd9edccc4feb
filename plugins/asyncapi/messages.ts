import type { TSchema } from '@sinclair/typebox'
import { ClientMessages, ServerMessages } from '../../schemas/realtime.ts'
import { RunEvents, RunFeedReset } from '../../schemas/run-feed.ts'
import examples from './examples.json' with { type: 'json' }
import type { Components } from './schemas.ts'

const CLIENT: Record<keyof typeof ClientMessages, string> = {
  PING: 'Is anybody there, and what is the time?',
  RECONNECT: 'Tell me the state anew, for instance after a loss of the connection',
  REQUEST_SYNC: 'The same as RECONNECT',
  TIME_SYNC: 'What is the time, exactly? The round trip is known from t0',
  SUBSCRIBE: 'Tell me the state of this session, and each change from now on; it need not be there yet',
  UNSUBSCRIBE: 'Tell me nothing more of this session',
}

const SERVER: Record<keyof typeof ServerMessages, string> = {
  CONNECTED: 'The first message of each socket',
  STATE_SYNC: 'The state as it is now, for a reader that has none or asked for it',
  STATE_UPDATE: 'The state after a change; a reader that lags behind gets the newest one only',
  STATE_DELTA:
    'A change, for a reader that asked for changes (delta=1): the state of base_version with these fields and ' +
    'participants is that of version. A reader whose state they do not fit gets STATE_SYNC instead',
  SESSION_DELETED: 'The session is gone; a socket that was opened for it ends',
  PONG: 'The answer to PING',
  TIME_SYNC:
    'The answer to TIME_SYNC: the clocks differ by ((t1 - t0) + (t2 - t3)) / 2, t3 being its arrival',
  ERROR: 'A message was not understood, or what it asked for is not possible now; the socket stays open',
}

/** The messages by who says them, as components: `client.PING`, `server.PONG`, `run.test_start`. */
export function createMessages(components: Components) {
  const group = <T extends Record<string, TSchema>>(
    side: keyof typeof examples,
    schemas: T,
    summaries?: Record<keyof T, string>,
  ) =>
    Object.entries(schemas).map(([type, schema]) => {
      const { description, ...payload } = components.write(schema)
      const example = (examples[side] as Record<string, object>)[type]
      const summary = summaries?.[type] ?? description
      return [`${side}.${type}`, { name: type, summary, payload, examples: [{ payload: example }] }] as const
    })

  return Object.fromEntries([
    ...group('client', ClientMessages, CLIENT),
    ...group('server', ServerMessages, SERVER),
    ...group('run', { ...RunEvents, reset: RunFeedReset }),
  ])
}
