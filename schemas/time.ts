import { Type } from '@sinclair/typebox'

/** The end of JavaScript's time; also keeps out Infinity, which reads as a number. */
const LATEST = 8.64e15

export const TimeQuerySchema = Type.Object({
  t0: Type.Optional(
    Type.Number({
      minimum: -LATEST,
      maximum: LATEST,
      description: "When the client sent the request, on the client's clock",
    }),
  ),
})

const Milliseconds = (description: string) =>
  Type.Optional(Type.Number({ description: `${description}, in ms with fractions; only with ?t0=` }))

export const TimeSchema = Type.Object({
  timestamp_ms: Type.Integer({ description: 'Now, in ms since the Unix epoch' }),
  server_version: Type.String(),
  drift_tolerance_ms: Type.Integer({ description: 'How far a client clock may be off before it matters' }),
  t0: Milliseconds('As sent'),
  t1: Milliseconds('When the server got the request'),
  t2: Milliseconds('When the server answered'),
})
