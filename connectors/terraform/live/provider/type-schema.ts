import type { AttributeClass, TypeSchema } from './provider.ts'
import type { Attribute, Block, Schema, Shape } from './schema.ts'

/** What comparing and redacting need of a type's schema, by path. */
export function typeSchemaOf({ version, block }: Schema, identityVersion: number | null): TypeSchema {
  const classes = new Map<string, AttributeClass>()
  const lists = { sets: [], sensitive: [], writeOnly: [], computedOnly: [], optionalComputed: [], blocks: [] } as {
    [list in 'sets' | 'sensitive' | 'writeOnly' | 'computedOnly' | 'optionalComputed' | 'blocks']: string[]
  }

  function visitBlock(inner: Block, prefix: string): void {
    for (const attribute of inner.attributes) visitAttribute(attribute, prefix + attribute.name)
    for (const nested of inner.blocks) {
      const path = prefix + nested.name
      lists.blocks.push(path)
      visitBlock(nested.block, `${visitNesting(nested.shape, path)}.`)
    }
  }

  function visitAttribute(attribute: Attribute, path: string): void {
    classes.set(path, attribute.class)
    if (attribute.class === 'computed') lists.computedOnly.push(path)
    if (attribute.class === 'optional_computed') lists.optionalComputed.push(path)
    if (attribute.isSensitive) lists.sensitive.push(path)
    if (attribute.isWriteOnly) lists.writeOnly.push(path)
    if (attribute.nested.length === 0) visitShape(attribute.shape, path)
    else {
      const prefix = `${visitNesting(attribute.shape, path)}.`
      for (const inner of attribute.nested) visitAttribute(inner, prefix + inner.name)
    }
  }

  /** @returns the path of the object inside */
  function visitNesting(shape: Shape, path: string): string {
    if (shape.kind === 'set') lists.sets.push(path)
    return shape.kind === 'map' ? `${path}.*` : path
  }

  function visitShape(shape: Shape, path: string): void {
    if (shape.kind === 'object') for (const [name, member] of shape.members) visitShape(member, `${path}.${name}`)
    else if (shape.kind === 'tuple') for (const element of shape.elements) visitShape(element, path)
    else if ('element' in shape) visitShape(shape.element, visitNesting(shape, path))
  }

  visitBlock(block, '')
  const sets = [...new Set(lists.sets)]
  const blocks = new Set(lists.blocks)

  function classOf(path: string): AttributeClass | null {
    for (let at = path; at !== '' && !blocks.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const found = classes.get(at)
      if (found !== undefined) return found
    }
    return null
  }
  return { version, identityVersion, classOf, ...lists, sets }
}
