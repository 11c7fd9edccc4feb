import t from 'tap'
import { DomainError, validationError } from '../../engine/errors.ts'

t.test('a domain error carries its kind, code, message and details', async (t) => {
  const error = new DomainError('conflict', 'CONFLICT', 'somebody was first', { actual_version: 3 })
  t.ok(error instanceof Error)
  t.match(error, {
    name: 'DomainError',
    kind: 'conflict',
    code: 'CONFLICT',
    message: 'somebody was first',
    details: { actual_version: 3 },
  })
  t.equal(new DomainError('internal', 'INTERNAL_ERROR', 'no details').details, undefined)
})

t.test('invalid input is told field by field', async (t) => {
  const problems = [{ field: 'participants.0.total_time_ms', message: 'must be >= 1000' }]
  const error = validationError(problems)
  t.match(error, { kind: 'invalid', code: 'VALIDATION_ERROR', message: 'Request validation failed' })
  t.strictSame(error.details, problems)
})
