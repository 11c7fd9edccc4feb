/** The part of JSON Schema that TypeBox writes. */
export type Schema = {
  type?: string
  const?: unknown
  description?: string
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  patternProperties?: Record<string, Schema>
}

const LONGEST_LINE = 100

/** Schemas as TypeScript that people read: one `export type` for each name; what has a name is called by it. */
export function typesOf(named: Record<string, Schema>): Map<string, string> {
  const names = new Map(Object.entries(named).map(([name, schema]) => [JSON.stringify(schema), name]))
  const text = (schema: Schema): string => names.get(JSON.stringify(schema)) ?? body(schema)

  function body(schema: Schema): string {
    if (schema.const !== undefined) return JSON.stringify(schema.const)
    if (schema.anyOf) return schema.anyOf.map(text).join(' | ')
    if (schema.items) return `${parenthesised(text(schema.items))}[]`
    if (schema.properties) return object(schema, Object.entries(schema.properties))
    const [values] = Object.values(schema.patternProperties ?? {})
    if (values) return `Record<string, ${text(values)}>`
    return schema.type === 'integer' ? 'number' : (schema.type ?? 'unknown')
  }

  function object(schema: Schema, properties: [string, Schema][]): string {
    if (properties.length === 0) return 'Record<string, never>'
    return `{\n${properties.map(property, schema).join('')}}`
  }

  function property(this: Schema, [name, schema]: [string, Schema]): string {
    const required = this.required?.includes(name)
    // What has a name is described where it stands.
    const described = names.has(JSON.stringify(schema)) ? undefined : describe(schema)
    // To give undefined is the same as to give nothing, however strictly a program is checked.
    return `${comment(described)}${name}${required ? '' : '?'}: ${text(schema)}${required ? '' : ' | undefined'}\n`
  }

  return new Map(
    Object.entries(named).map(([name, schema]) => {
      return [name, `${comment(schema.description)}export type ${name} = ${body(schema)}\n`]
    }),
  )
}

const parenthesised = (type: string) => (/^[^{]*\|/.test(type) ? `(${type})` : type)

/** What may be null is described by what it is otherwise. */
const describe = ({ description, anyOf }: Schema): string | undefined =>
  description ?? anyOf?.find((each) => each.description)?.description

function comment(description: string | undefined): string {
  if (description === undefined) return ''
  if (description.length <= LONGEST_LINE) return `/** ${description} */\n`
  const lines = description.match(new RegExp(`.{1,${LONGEST_LINE}}(?= |$)`, 'g')) ?? []
  return `/**\n${lines.map((line) => ` * ${line.trim()}\n`).join('')} */\n`
}
