import type { FieldProblem } from '../../engine/errors.ts'

/** The part of an AJV error that is read here. */
export type SchemaError = {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  message?: string | undefined
}

/** More tell nobody anything, and a client must not be able to ask for megabytes of them. */
const MOST_PROBLEMS = 20

const FORMATS: Record<string, string> = {
  uuid: 'must be a UUID',
  'date-time': 'must be an instant such as 2026-01-01T00:00:00.000Z',
}

/**
 * What AJV found, one line per field. `field` is the dotted path from the root of the part that was checked, with the
 * name of the unknown or missing property where that is the problem.
 */
export function problemsOf(errors: SchemaError[], most = MOST_PROBLEMS): FieldProblem[] {
  const allowed = new Map<string, unknown[]>()
  const problems = new Map<string, FieldProblem>()
  for (const error of errors) {
    if (problems.size >= most) break
    const field = fieldOf(error)
    // A union of literals reports each literal, then that none fits: one line with all of them says it.
    if (error.keyword === 'const') {
      const values = [...(allowed.get(field) ?? []), error.params.allowedValue]
      allowed.set(field, values)
      problems.set(`${field} const`, { field, message: oneOf(values) })
    } else if (error.keyword !== 'anyOf' || !hasBelow(problems, field)) {
      const message = messageOf(error)
      problems.set(`${field} ${message}`, { field, message })
    }
  }
  return [...problems.values()]
}

function fieldOf({ keyword, instancePath, params }: SchemaError): string {
  const path = instancePath.split('/').slice(1).map(unescapePointer)
  if (keyword === 'required') path.push(String(params.missingProperty))
  if (keyword === 'additionalProperties') path.push(String(params.additionalProperty))
  return path.join('.')
}

function messageOf({ keyword, params, message = 'is invalid' }: SchemaError): string {
  if (keyword === 'required') return 'is required'
  if (keyword === 'additionalProperties') return 'is not a known field'
  if (keyword === 'enum') return oneOf(params.allowedValues as unknown[])
  if (keyword === 'format') return FORMATS[String(params.format)] ?? message
  return message
}

function oneOf(values: unknown[]): string {
  const list = values.map((value) => JSON.stringify(value)).join(', ')
  return values.length === 1 ? `must be ${list}` : `must be one of ${list}`
}

function hasBelow(problems: Map<string, FieldProblem>, field: string): boolean {
  return [...problems.values()].some(
    (problem) => problem.field === field || problem.field.startsWith(`${field}.`),
  )
}

function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
