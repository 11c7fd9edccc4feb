import AjvCompiler from '@fastify/ajv-compiler'
import type { FastifyServerOptions } from 'fastify'

type Build = AjvCompiler.BuildCompilerFromPool
type Schemas = Parameters<Build>[0]
type Options = NonNullable<Parameters<Build>[1]>
type Validation = Required<Pick<FastifyServerOptions, 'ajv' | 'schemaController'>>

/** ajv-formats' own also takes "urn:uuid:...", which would be another key for the same session. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** How all checks are made: every problem is found, nothing is dropped, and no keyword is silently ignored. */
const RULES = {
  allErrors: true,
  removeAdditional: false,
  useDefaults: true,
  strictSchema: true,
  strictTypes: false,
  allowUnionTypes: true,
  // Halves the time that compiling takes at the start; the checks themselves are as fast.
  code: { optimize: false },
}

/** Values are what they are. */
export const EXACT = { ...RULES, coerceTypes: false }

/**
 * Values are text from which numbers and booleans are read. Not with strictNumbers: AJV then makes a number of the text
 * "Infinity" and skips its maximum.
 */
export const FROM_TEXT = { ...RULES, coerceTypes: true, strictNumbers: false }

type Check = ReturnType<ReturnType<Build>>

/** A check that is compiled when it is first needed: all of them together would be a good part of the time to start. */
function lazily(compile: () => Check): Check {
  let check: Check | undefined
  const lazy = (data: unknown): boolean => {
    check ??= compile()
    const fits = check(data) as boolean
    lazy.errors = check.errors
    return fits
  }
  lazy.errors = undefined as Check['errors']
  return lazy as Check
}

/**
 * How requests are checked (bodies as they are; query, path and headers from their text) and answers are written: the
 * response schemas are for the document alone, since compiling a writer for each route costs more at the start than
 * JSON.stringify does later.
 */
export function validation(): Validation {
  const build = AjvCompiler()
  return {
    ajv: {
      onCreate: (ajv) => {
        ajv.addFormat('uuid', UUID)
      },
    },
    schemaController: {
      compilersFactory: {
        buildValidator: (schemas: Schemas, options?: Options): ReturnType<Build> => {
          const exact = build(schemas, { ...options, customOptions: EXACT } as Options)
          const fromText = build(schemas, { ...options, customOptions: FROM_TEXT } as Options)
          // The declared type is that of a bare schema; what comes is the route's part that is to be checked.
          return (part) =>
            lazily(() => ((part as { httpPart?: string }).httpPart === 'body' ? exact : fromText)(part))
        },
        buildSerializer: () => () => JSON.stringify,
      },
    },
  }
}
