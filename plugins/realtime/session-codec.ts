import { sessionNotFound } from '../sessions/errors.ts'
import type { FrameCodec } from './frames.ts'
import { createSessionDeltas } from './session-delta.ts'

export const SESSIONS_TOPIC = 'sessions'

/** The stored document is the state's JSON text already, so it is set into the message as it is. */
export const sessionCodec: FrameCodec = {
  sync: (key, { at, version, document }) =>
    `{"type":"STATE_SYNC","sessionId":${JSON.stringify(key.id)},"timestamp":${at},"version":${version},"state":${document}}`,
  update: (key, { at, version, document }) =>
    `{"type":"STATE_UPDATE","sessionId":${JSON.stringify(key.id)},"timestamp":${at},"version":${version},"state":${document}}`,
  deleted: (key, { at, version }) =>
    JSON.stringify({ type: 'SESSION_DELETED', sessionId: key.id, timestamp: at, version }),
  missing: (key) => sessionNotFound(key.id),
  createDeltas: createSessionDeltas,
}
