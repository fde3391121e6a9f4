import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { accountOfQueue, regionOfQueue } from '../queue-url.ts'
import { permissionOf } from '../table/permissions.ts'
import type { One, Row } from '../table/row.ts'
import { fill } from '../table/template.ts'
import { itemsIn, type Reader, tokensIn } from './pages.ts'
import { partsOf, readBatches, readItem } from './read-row.ts'
import { identityOf } from './resource.ts'

/**
 * Reads one resource by its id.
 * @returns null where AWS doesn't find it, or finds something that the type's listing doesn't show; `other` where that is a thing of another type
 * @throws CallFailure, also where it can't be read alone or is of another account or region: an id comes from a message, which may be forged
 */
export async function readOne(
  row: Row,
  id: string,
  reader: Reader,
  signal: AbortSignal,
): Promise<Resource | 'other' | null> {
  const { one } = row
  if (one === undefined) throw refused(row, `${row.type} ${id} is read with its listing alone`)
  if (!isPlaceHere(row, placeIn(id), reader))
    throw refused(row, `${id} is not of account ${reader.$account} in ${reader.$region}`)
  const items = await itemsOf(row, one, id, reader, signal)
  const parts = items.flatMap((item) => partsOf(row, item))
  const part = parts.find((item) => identityOf(row.id, item, reader) === id)
  if (part === undefined) {
    const isOther = parts.some((item) => identityOf(row.id, item, reader)?.toLowerCase() === id.toLowerCase())
    if (isOther) throw refused(row, `${id} is known by another spelling`)
    return items.length > 0 && items.every((item) => row.other?.(item) === true) ? 'other' : null
  }
  const fail = (error: unknown): never => {
    throw error
  }
  const [whole] = await readBatches(row, [part], reader, signal, fail)
  const resource = whole === undefined ? null : await readItem(row, whole, reader, signal)
  if (resource !== null && resource.id !== id) throw refused(row, `${id} is answered as ${resource.id}`)
  const arn = resource?.metadata?.arn
  if (typeof arn !== 'string' || isPlaceHere(row, placeIn(arn), reader)) return resource
  throw refused(row, `${id} is not known to be of account ${reader.$account} in ${reader.$region}`)
}

async function itemsOf(
  row: Row,
  { input, item, absent = [] }: One,
  $id: string,
  reader: Reader,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  if (item !== undefined) return [fill(item, { $id }, reader) as JsonObject]
  const { service, operation } = row.list
  try {
    const answer = await reader.call(service, operation, fill(input ?? {}, { $id }, reader) as JsonObject, signal)
    const items = itemsIn(answer, row, reader)
    if (items.length > 0 || Object.keys(tokensIn(answer, row.list.next ?? {})).length === 0) return items
  } catch (error) {
    if (error instanceof CallFailure && absent.includes(error.code)) return []
    throw error
  }
  throw refused(row, `${$id} may be on a later page`)
}

/** Where something is, as far as its name says it. */
interface NamedPlace {
  readonly account: string
  readonly region: string
}

/** Older clients name a queue by a URL of such a host, by which no list has it. */
const formerQueueHost = /(?:^|\.)queue\.amazonaws\.com(?:\.cn)?$/

/** The place that an ARN or the URL of a queue names; null where no list names a thing so. */
function placeIn(name: string): NamedPlace | null {
  if (name.startsWith('arn:')) {
    const [, , , region = '', account = ''] = name.split(':')
    return { account, region }
  }
  if (!URL.canParse(name)) return { account: '', region: '' }
  if (formerQueueHost.test(new URL(name).hostname)) return null
  return { account: accountOfQueue(name) ?? '', region: regionOfQueue(name) ?? '' }
}

function isPlaceHere({ isGlobal }: Row, place: NamedPlace | null, { $account, $region }: Reader): boolean {
  if (place === null) return false
  const isInRegion = isGlobal === true || place.region === '' || place.region === $region
  return isInRegion && (place.account === '' || place.account === $account)
}

const refused = ({ list }: Row, message: string): CallFailure =>
  new CallFailure(permissionOf(list.service, list.operation), message, 'other', '', null)
