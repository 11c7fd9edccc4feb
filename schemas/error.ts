import { type Static, Type } from '@sinclair/typebox'

export const ErrorSchema = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'What failed, for programs', examples: ['VALIDATION_ERROR'] }),
      message: Type.String({ description: 'What failed, for people' }),
      details: Type.Optional(
        Type.Unknown({
          description: 'Depends on the code; for VALIDATION_ERROR a list of { field, message }',
        }),
      ),
      request_id: Type.String({ description: 'The X-Request-Id of the answer, to find it in the logs' }),
    }),
  },
  { $id: 'Error', description: 'A failure' },
)

export type ErrorBody = Static<typeof ErrorSchema>

/** Every answer of a route that is not declared beside it: `response: { 200: ..., ...failures }`. */
export const failures = { default: ErrorSchema }
