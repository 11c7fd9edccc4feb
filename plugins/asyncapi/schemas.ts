type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

/** Schemas as plain JSON, in which each one that has an $id is written once, as a component. */
export type Components = {
  /** The components by their names, complete once everything was written. */
  readonly schemas: JsonObject
  write(schema: object): JsonObject
}

export function createComponents(): Components {
  const schemas: JsonObject = {}

  function write(value: Json): Json {
    if (Array.isArray(value)) return value.map(write)
    if (typeof value !== 'object' || value === null) return value
    const { $id: name, ...rest } = value
    const written = (): JsonObject =>
      Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, write(part)]))
    if (typeof name !== 'string') return written()
    schemas[name] ??= written()
    return { $ref: `#/components/schemas/${name}` }
  }

  return {
    schemas,
    // TypeBox's own marks are symbols, which JSON leaves out.
    write: (schema) => write(JSON.parse(JSON.stringify(schema))) as JsonObject,
  }
}
