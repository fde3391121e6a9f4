import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { permissionOf } from '../table/permissions.ts'
import type { One, Row } from '../table/row.ts'
import { fill } from '../table/template.ts'
import { itemsIn, type Reader } from './pages.ts'
import { partsOf, readBatches, readItem } from './read-row.ts'
import { identityOf } from './resource.ts'

/**
 * Reads one resource by its id.
 * @returns null where AWS doesn't find it, or finds something that the type's listing doesn't show
 * @throws CallFailure, also where it can't be read alone or is of another account or region: an id comes from a message, which may be forged
 */
export async function readOne(row: Row, id: string, reader: Reader, signal: AbortSignal): Promise<Resource | null> {
  const { one } = row
  if (one === undefined) throw refused(row, `${row.type} ${id} is read with its listing alone`)
  const listed = await itemsOf(row, one, id, reader, signal)
  const [part] = listed.flatMap((item) => partsOf(row, item)).filter((item) => identityOf(row.id, item, reader) === id)
  if (part === undefined) return null
  const fail = (error: unknown): never => {
    throw error
  }
  const [whole] = await readBatches(row, [part], reader, signal, fail)
  const resource = whole === undefined ? null : await readItem(row, whole, reader, signal)
  if (resource === null || isHere(row, resource, reader)) return resource
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
    return itemsIn(answer, row, reader)
  } catch (error) {
    if (error instanceof CallFailure && absent.includes(error.code)) return []
    throw error
  }
}

/** Whether its ARN names no other account or region. */
function isHere({ isGlobal }: Row, { metadata }: Resource, { $account, $region }: Reader): boolean {
  const arn = metadata?.arn
  if (typeof arn !== 'string') return true
  const [, , , region = '', account = ''] = arn.split(':')
  const isInRegion = isGlobal === true || region === '' || region === $region
  return isInRegion && (account === '' || account === $account)
}

const refused = ({ list }: Row, message: string): CallFailure =>
  new CallFailure(permissionOf(list.service, list.operation), message, 'other', '', null)
