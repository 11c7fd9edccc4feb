import { type Static, Type } from '@sinclair/typebox'

export const JobsConfigSchema = Type.Object({
  PERSISTENCE: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether every change is kept in PostgreSQL; off: no audit log, no history, no statistics',
    examples: ['on'],
  }),
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://.+',
      description:
        'The PostgreSQL (13 or later) that all instances share; none: an embedded one under DATA_DIR/postgres',
      examples: ['postgres://synckairos:secret@db:5432/synckairos'],
    }),
  ),
  DATABASE_SCHEMA: Type.String({
    default: 'synckairos',
    pattern: '^[a-z_][a-z0-9_]{0,49}$',
    description: 'The schema that holds all tables, those of pg-boss among them; created when missing',
    examples: ['synckairos'],
  }),
  DATABASE_POOL_SIZE: Type.Integer({
    default: 6,
    minimum: 3,
    maximum: 100,
    description: 'How many connections each instance may open to PostgreSQL',
    examples: [6],
  }),
})

export type JobsConfig = Static<typeof JobsConfigSchema>
