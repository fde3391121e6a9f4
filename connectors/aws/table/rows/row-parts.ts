import { crc32 } from 'node:zlib'
import { isObject, type JsonObject } from '../../../../model/json.ts'
import type { Json } from '../../../../model/resource.ts'
import type { Detail, Listing, One } from '../row.ts'

/** A call without a page size comes out of a smaller budget of EC2's. */
export const pagedEc2 = (operation: string, pageSize = 1000, input: JsonObject = {}): Listing => ({
  service: 'ec2',
  operation,
  input: { MaxResults: pageSize, ...input },
  next: { NextToken: 'NextToken' },
})

/** One thing of EC2, by the member of the listing's input that takes ids: no page size may stand beside it. */
export const oneOfEc2 = (
  member: string,
  absent: readonly string[],
  deletedBy: readonly string[],
  more: JsonObject = {},
): One => ({ input: { [member]: ['{$id}'], ...more }, absent, deletedBy })

/** The ARN of a thing of EC2 that is named by its id. */
export const ec2Arn = (kind: string, id: string): string => `arn:{$partition}:ec2:{$region}:{$account}:${kind}/{${id}}`

/** The objects in a list of an item. */
export const objectsIn = (item: JsonObject, member: string): JsonObject[] => {
  const list = item[member]
  return Array.isArray(list) ? list.filter(isObject) : []
}

/** Each element of one of an item's lists as a thing of its own, beside the members that name the item. */
export const each =
  (list: string, names: readonly string[] = []) =>
  (item: JsonObject): JsonObject[] => {
    const owner = Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))
    return objectsIn(item, list).map((element) => ({ ...owner, ...element }))
  }

/** A call that answers what an item lacks. */
export const detail = (operation: string, input: JsonObject, take: string, as?: string): Detail => ({
  operation,
  input,
  take,
  ...(as === undefined ? {} : { as }),
})

/** Some answers write a member that has nothing as an empty text, and others leave it out. */
export const isSet = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== ''

export const textOf = (item: JsonObject, member: string): string => {
  const value = item[member]
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`an answer lacks the member ${member}`)
}

/** The number that Terraform's AWS provider makes of a text where AWS has no id: CRC-32, unsigned. */
export const terraformHash = (text: string): number => crc32(text)

/** Whether a thing has a tag of AWS's own, which says who made it. */
export const hasTag = (item: JsonObject, name: string): boolean =>
  objectsIn(item, 'Tags').some(({ Key }) => Key === name)
