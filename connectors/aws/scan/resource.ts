import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { copyOf } from '../../json-parts.ts'
import { takeAt } from '../../take-at.ts'
import type { Identity, Row } from '../table/row.ts'
import { fillAsText, type Surroundings, valueAt } from '../table/template.ts'
import { separated, tagsIn } from './tags.ts'

/** What CloudFormation makes is the stack's. */
const tagOfStack = 'aws:cloudformation:stack-id'

/**
 * Makes the resource of an item that has everything its row reads.
 * @throws Error where a member is missing that the row is sure of
 */
export function resourceOf(row: Row, read: JsonObject, around: Surroundings): Resource {
  const item = row.shape === undefined ? read : row.shape(read)
  const path = row.tags ?? 'Tags'
  const found = tagsIn(valueAt(item, path))
  if (found === null) throw new Error(`its ${path} are in no form of tags`)
  const { own: tags, ofAws } = separated(found)
  const id = identityOf(row.id, read, around)
  const arn = row.arn === undefined ? null : fillAsText(row.arn, item, around)
  const name = nameOf(row, item, around) ?? tags.Name ?? null
  const ambient = row.ambient?.(item) ?? (Object.hasOwn(ofAws, tagOfStack) ? 'child' : null)
  const { $parent: _, ...own } = item
  const configuration: JsonObject = copyOf(own)
  takeAt(configuration, path.split('.'))
  for (const member of row.encoded ?? []) decodeIn(configuration, member)
  const metadata: JsonObject = arn === null ? {} : { arn }
  if (ambient !== null) metadata.ambient = ambient
  if (Object.keys(ofAws).length > 0) metadata.aws_tags = ofAws
  for (const member of row.metadata ?? []) {
    const taken = takeAt(configuration, member.split('.'))
    if (taken !== undefined) metadata[member] = taken
  }
  const place = row.region === undefined ? (row.isGlobal ? null : around.$region) : (item[row.region] ?? null)
  return {
    id,
    type: row.type,
    name: typeof name === 'string' ? name : null,
    provider: 'aws',
    account: around.$account,
    region: typeof place === 'string' ? place : null,
    configuration,
    metadata,
    tags,
  }
}

/** Null: the tag `Name` is it. */
function nameOf({ name }: Row, item: JsonObject, around: Surroundings): string | null {
  if (name === undefined) return null
  return typeof name === 'function' ? name(item) : fillAsText(name, item, around)
}

/** An id as its row writes it. */
export const identityOf = (identity: Identity, item: JsonObject, around: Surroundings): string =>
  typeof identity === 'function' ? identity(item) : fillAsText(identity, item, around)

/** IAM answers with policies as percent-encoded text. */
function decodeIn(configuration: JsonObject, member: string): void {
  const text = configuration[member]
  if (typeof text === 'string' && !text.startsWith('{')) configuration[member] = decodeURIComponent(text)
}
