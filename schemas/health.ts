import { Type } from '@sinclair/typebox'
import { Data } from './common.ts'

export const HealthSchema = Type.Composite(
  [
    Type.Object({ status: Type.Literal('ok') }),
    Data(
      Type.Object({
        status: Type.Literal('healthy'),
        active_tests: Type.Integer({ description: 'Runs that report at present' }),
        total_tests: Type.Integer({ description: 'Runs that are known' }),
      }),
    ),
  ],
  { description: 'The process answers; says nothing about what it depends on' },
)

export const CheckSchema = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('degraded'), Type.Literal('failed')], {
    description: 'degraded: failed, but requests can be served without it',
  }),
  message: Type.Optional(Type.String({ description: 'What is wrong' })),
})

export const ReadinessSchema = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not_ready')]),
  checks: Type.Record(Type.String(), CheckSchema, { description: 'One for each dependency' }),
})
