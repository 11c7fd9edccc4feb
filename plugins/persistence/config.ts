import { type Static, Type } from '@sinclair/typebox'

export const PersistenceConfigSchema = Type.Object({
  EVENTS_RETENTION_DAYS: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 36_500,
    description: 'How many days after its last event a record leaves the audit log, as a whole; 0: never',
    examples: [365],
  }),
})

export type PersistenceConfig = Static<typeof PersistenceConfigSchema>
