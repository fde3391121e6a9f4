import { z } from 'zod'
import { parseJson } from '../../../model/json.ts'

/** What of a CloudFormation type's schema reading it needs. */
export interface TypeSchema {
  /** `AWS::AppRunner::Service`. */
  readonly name: string
  /** The properties that identify a resource, in the order in which its identifier has them, `|` between two; empty: it is not said. */
  readonly identifiers: readonly string[]
  /** Paths of properties that AWS sets: `Status`, `Endpoint.Address`. Arrays on the way are left out. */
  readonly readOnly: readonly string[]
  /** The property with the tags; null: it has none. */
  readonly tags: string | null
  /** The properties that a listing must be given; null: it can't be listed. */
  readonly listNeeds: readonly string[] | null
}

const pointers = z.array(z.string()).default([])
const needed = z.object({ required: z.array(z.string()).optional() }).optional()
const schema = z.object({
  typeName: z.string(),
  primaryIdentifier: pointers,
  readOnlyProperties: pointers,
  tagging: z.object({ taggable: z.boolean().optional(), tagProperty: z.string().optional() }).optional(),
  handlers: z
    .object({
      list: z
        .object({
          handlerSchema: z
            .object({
              ...{ required: z.array(z.string()).optional() },
              ...{
                oneOf: z.array(needed).optional(),
                anyOf: z.array(needed).optional(),
                allOf: z.array(needed).optional(),
              },
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
})

/**
 * Reads the schema that `DescribeType` answers with.
 * @throws Error where it is none
 */
export function readSchema(text: string): TypeSchema {
  const { typeName, primaryIdentifier, readOnlyProperties, tagging, handlers } = schema.parse(parseJson(text))
  const list = handlers?.list
  const { required = [], oneOf = [], anyOf = [], allOf = [] } = list?.handlerSchema ?? {}
  const alternatives = [...oneOf, ...anyOf, ...allOf].flatMap((one) => one?.required ?? [])
  return {
    name: typeName,
    identifiers: primaryIdentifier.map(pathOf),
    readOnly: readOnlyProperties.map(pathOf),
    tags: tagging?.taggable === false ? null : pathOf(tagging?.tagProperty ?? '/properties/Tags'),
    listNeeds: list === undefined ? null : [...new Set([...required, ...alternatives])],
  }
}

// `/properties/Endpoints/*/Address` is `Endpoints.Address`.
const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(2)
    .filter((part) => part !== '*')
    .join('.')
