import { type TProperties, type TSchema, Type } from '@sinclair/typebox'

/** An object of which every field is known: anything else is refused and named. */
export const Strict = <T extends TProperties>(
  properties: T,
  options: { $id?: string; description?: string } = {},
) => Type.Object(properties, { ...options, additionalProperties: false })

/** The shape of every success that old clients do not read bare. */
export const Data = <T extends TSchema>(schema: T) => Type.Object({ data: schema })

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const Uuid = (description: string) => Type.String({ format: 'uuid', description })

/** A path parameter that is checked by its service, which answers 404 for what cannot be an id. */
export const IdParams = <N extends string>(name: N, description: string) =>
  Type.Object({ [name]: Type.String({ description }) } as Record<N, ReturnType<typeof Type.String>>)

/** ISO 8601, UTC, with milliseconds. */
export const Instant = (description: string) => Type.String({ format: 'date-time', description })

export const DurationMs = (description: string, minimum = 0, maximum = 86_400_000) =>
  Type.Integer({ minimum, maximum, description: `${description}, in ms` })
