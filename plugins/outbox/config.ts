import { type Static, Type } from '@sinclair/typebox'

export const OutboxConfigSchema = Type.Object({
  OUTBOX_DEGRADED_AT: Type.Integer({
    default: 100_000,
    minimum: 1,
    maximum: 100_000_000,
    description: 'From how many events waiting for the database on /ready says that it is degraded',
    examples: [100_000],
  }),
})

export type OutboxConfig = Static<typeof OutboxConfigSchema>
