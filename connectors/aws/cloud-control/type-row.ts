import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Items, Listing, Row } from '../table/row.ts'
import type { TypeSchema } from './type-schema.ts'

/** Services that AWS keeps once an account: they answer everywhere with the same. */
const globalServices =
  /^AWS::(?:CloudFront|IAM|Organizations|Route53|Shield|Account|Billing|BCMDataExports|Budgets|CE|CUR)::/

const listing = (name: string, more: Partial<Listing> = {}): Listing => ({
  service: 'cloudcontrol',
  operation: 'ListResources',
  next: { NextToken: 'NextToken' },
  // The region has no such type, so that there is nothing of it.
  absent: ['TypeNotFoundException'],
  ...more,
  input: { TypeName: name, ...more.input },
})

/** The resources of a type, as Cloud Control lists them: their ids, and of some types a part of their properties. */
const listed = (name: string, more?: Partial<Listing>): Items => ({
  list: listing(name, more),
  items: 'ResourceDescriptions',
  mayBeAbsent: true,
})

/** The type of which each resource is asked for a list of its own. */
export interface Parent {
  readonly name: string
  /** The properties that the list must be given, by the place of their values in the parent's identifier. */
  readonly needs: readonly (readonly [property: string, at: number])[]
  /** Its own, where it is not listed by itself. */
  readonly parent: Parent | null
}

/**
 * How Cloud Control reads a type: it lists the ids, and is asked for each resource, because lists hold no more of it than their
 * service pleases.
 * @param parent null: one list has all
 */
export function typeRow({ name, readOnly, tags }: TypeSchema, parent: Parent | null): Row {
  const short = name.slice(name.lastIndexOf(':') + 1)
  const below = parent === null ? undefined : listingBelow(parent)
  return {
    type: name,
    ...listed(name, below),
    ...(globalServices.test(name) ? { isGlobal: true } : {}),
    details: [
      {
        operation: 'GetResource',
        input: { TypeName: name, Identifier: '{Identifier}' },
        take: 'ResourceDescription.Properties',
        as: 'Properties',
      },
    ],
    gone: ['ResourceNotFoundException'],
    id: '{Identifier}',
    shape: propertiesOf,
    name: (item) => textIn(item, `${short}Name`) ?? textIn(item, 'Name'),
    ...(tags === null ? {} : { tags }),
    metadata: readOnly,
  }
}

/** The listings below each resource of a parent. A parent that is gone meanwhile has none. */
const listingBelow = ({ name, needs, parent }: Parent): Partial<Listing> => ({
  input: { ResourceModel: `{${needs.map(([property, at]) => `"${property}":"{$parent.part${at}}"`).join(',')}}` },
  parents: { ...listed(name, parent === null ? undefined : listingBelow(parent)), more: partsOf },
  absent: ['TypeNotFoundException', 'ResourceNotFoundException'],
})

/** The values that an identifier is made of: `part0`, `part1`. */
function partsOf({ Identifier: identifier }: JsonObject): JsonObject {
  const parts = typeof identifier === 'string' ? identifier.split('|') : []
  return Object.fromEntries(parts.map((part, at) => [`part${at}`, part]))
}

/** @throws Error where the properties are no object in JSON */
function propertiesOf({ Properties: text }: JsonObject): JsonObject {
  const properties = typeof text === 'string' ? parseJson(text) : null
  if (properties !== null && isObject(properties)) return properties
  throw new Error('the Properties of an answer are no object')
}

function textIn(item: JsonObject, name: string): string | null {
  const value = Object.hasOwn(item, name) ? item[name] : null
  return typeof value === 'string' && value !== '' ? value : null
}
