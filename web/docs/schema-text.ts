/** What of JSON Schema the OpenAPI document uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly description?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
}

function objectText({ properties = {}, required = [] }: Schema, indent: string): string {
  const names = Object.entries(properties)
  if (names.length === 0) return '{ … }'
  const inner = `${indent}  `
  const lines = names.map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : `  // ${schema.description}`
    return `${inner}${name}${required.includes(name) ? '' : '?'}: ${schemaText(schema, inner)}${comment}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

/**
 * A schema as one would write the type by hand.
 *
 * @param indent of the line it stands in; absent: keep to one line
 */
export function schemaText(schema: Schema | undefined, indent?: string): string {
  if (schema === undefined) return 'anything'
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? ''
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (several !== undefined) return several.map((one) => schemaText(one, indent)).join(' | ')
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const types = [schema.type ?? 'anything'].flat()
  return types
    .map((type) => {
      if (type === 'array') return `${schemaText(schema.items, indent)}[]`
      if (type === 'object') return indent === undefined ? 'object' : objectText(schema, indent)
      if (schema.format === 'date-time') return type === 'string' ? 'time' : type
      if (schema.minimum !== undefined && schema.maximum !== undefined)
        return `${type} ${schema.minimum}–${schema.maximum}`
      return type
    })
    .join(' | ')
}
