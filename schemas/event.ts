import { type Static, Type } from '@sinclair/typebox'

/**
 * One accepted change, as it is committed with the state, queued in the outbox and kept in the audit log.
 *
 * (topic, key, epoch, version) is unique; the versions of one key and epoch are contiguous. `at` is in ms since the
 * Unix epoch. `data` belongs to the capability that owns the topic.
 */
export const EventSchema = Type.Object(
  {
    topic: Type.String(),
    type: Type.String(),
    key: Type.String(),
    epoch: Type.Integer({ minimum: 0 }),
    version: Type.Integer({ minimum: 1 }),
    at: Type.Integer(),
    data: Type.Unknown(),
  },
  { $id: 'Event', additionalProperties: false },
)

export type Event = Static<typeof EventSchema>
