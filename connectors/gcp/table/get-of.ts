import { filled } from './path.ts'
import type { Detail, Row, Surroundings } from './row.ts'

/** A call that answers with one thing. */
export type Get = Omit<Detail, 'as'>

/**
 * The call for the thing with an id, whose answer has the form of a listed item; null where there is none, and for an id that can't be one of the
 * project's own.
 */
export function getOf(row: Row, id: string, around: Surroundings): Get | null {
  const { list, get } = row
  const permission = getPermissionOf(row)
  if (permission === null) return null
  const { path, post } = list
  if (list.single) return { path: filled(path, {}, around), permission, ...(post === undefined ? {} : { post }) }
  const own = get === undefined ? ownGet(row, id, around) : get
  const called = typeof own === 'function' ? own(id, around) : own
  if (called === null || !isPlain(called.path)) return null
  const { path: at, query } = called
  return {
    path: at.split('/').map(encodeURIComponent).join('/'),
    permission,
    ...(query === undefined ? {} : { query }),
  }
}

/** What reading one thing of a row alone needs; null where none is. */
export function getPermissionOf({ list, get, split, getPermission }: Row): string | null {
  if (list.single) return list.permission
  if (get === null || (get === undefined && split !== undefined)) return null
  return getPermission ?? list.permission.replace(/\.list$/, '.get')
}

/** Most ids are the path below the version that the list has too. */
function ownGet(
  { list: { api, path }, split }: Row,
  id: string,
  { $project }: Surroundings,
): Pick<Get, 'path' | 'query'> | null {
  if (split !== undefined || !id.startsWith(`projects/${$project}/`)) return null
  const version = api === 'compute' || api === 'bigquery' ? '' : `${/^(?:dns\/)?v\d\w*/.exec(path)?.[0]}/`
  return { path: `${version}${id}` }
}

/** An id comes from a message, which may be forged. */
const isPlain = (path: string): boolean => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
