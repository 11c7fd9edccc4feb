import type { FieldProblem } from './errors.ts'

/** How deep JSON that a client may choose freely can be nested. */
export const FREE_FORM_DEPTH = 32

/** What no message of ours comes near; deeper ones are refused before anything recursive sees them. */
export const BODY_DEPTH = 64

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

type Rules = {
  depth: number
  /** What is wrong with a key of this object, if anything. */
  key(name: string, value: unknown): string | undefined
  /** What is wrong with a string or number, if anything. */
  leaf(value: unknown): string | undefined
}

/**
 * What keeps a parsed body from being handed on: keys that could reach a prototype, and nesting beyond BODY_DEPTH.
 * `field` names the place from the root of the body.
 */
export function checkBody(value: unknown): FieldProblem[] {
  return collect(value, '', {
    depth: BODY_DEPTH,
    key: (name, child) => {
      const reaches = name === '__proto__' || (name === 'constructor' && hasOwn(child, 'prototype'))
      return reaches ? 'is not allowed as a name' : undefined
    },
    leaf: () => undefined,
  })
}

/**
 * What keeps free-form JSON (a session's metadata) from being stored and returned as it came: nesting beyond
 * FREE_FORM_DEPTH, names that could reach a prototype, text that PostgreSQL cannot hold (NUL, lone surrogates) and
 * numbers that JavaScript cannot. `field` is where the value stands in the request.
 */
export function checkFreeForm(value: unknown, field: string): FieldProblem[] {
  return collect(value, field, {
    depth: FREE_FORM_DEPTH,
    key: (name) => (REFUSED_KEYS.has(name) ? 'is not allowed as a name' : textProblem(name)),
    leaf: (leaf) => (typeof leaf === 'string' ? textProblem(leaf) : numberProblem(leaf)),
  })
}

function collect(root: unknown, field: string, rules: Rules): FieldProblem[] {
  const problems: FieldProblem[] = []
  const walk = (value: unknown, path: string, depth: number): void => {
    if (typeof value !== 'object' || value === null) {
      const message = rules.leaf(value)
      if (message) problems.push({ field: path, message })
      return
    }
    if (depth > rules.depth) {
      problems.push({ field, message: `must not be nested more than ${rules.depth} levels deep` })
      return
    }
    for (const [name, child] of Object.entries(value)) {
      const at = path === '' ? name : `${path}.${name}`
      const message = Array.isArray(value) ? undefined : rules.key(name, child)
      if (message) problems.push({ field: at, message })
      else walk(child, at, depth + 1)
    }
  }
  walk(root, field, 1)
  return problems
}

function textProblem(text: string): string | undefined {
  if (!text.isWellFormed()) return 'must be well-formed Unicode text'
  if (text.includes('\0')) return 'must not contain the character U+0000'
  return undefined
}

function numberProblem(value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined
  if (!Number.isFinite(value)) return 'must be a finite number'
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return 'must not be an integer beyond 2^53 - 1'
  }
  return undefined
}

function hasOwn(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
}
