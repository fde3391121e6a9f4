import { createHash } from 'node:crypto'
import type { JsonObject } from '../../model/json.ts'
import type { Schema } from './discovery.ts'

export const projectNumber = '123456789012'

const now = (): string => new Date().toISOString()
let lastId = 4_000_000_000_000_000_000n

/** A short text that changes with what it is made of: an etag, a fingerprint. */
export const mark = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64').slice(0, 12).replaceAll(/[+/]/g, 'x')

/** What a service itself writes into a new thing, by the names of its members: there where the thing's schema has them. */
export function born(thing: JsonObject, path: string, schema: Schema | undefined, api: string): JsonObject {
  const has = (member: string): boolean => schema?.properties?.[member] !== undefined
  const place = /\/(zones|regions|locations)\/([^/]+)\//.exec(`/${path}/`)
  const compute = `https://www.googleapis.com/compute/v1/${path.split('/').slice(0, 2).join('/')}`
  const kind = schema?.properties?.kind?.default
  const own: JsonObject = {
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(has('id') && api !== 'dns' ? { id: String(++lastId) } : {}),
    ...(has('uid') ? { uid: mark([path, String(lastId), now()]) } : {}),
    ...(has('creationTimestamp') ? { creationTimestamp: now() } : {}),
    ...(has('createTime') ? { createTime: now() } : {}),
    ...(has('timeCreated') ? { timeCreated: now() } : {}),
    ...(has('zone') && place?.[1] === 'zones' ? { zone: `${compute}/zones/${place[2]}` } : {}),
    ...(has('region') && place?.[1] === 'regions' ? { region: `${compute}/regions/${place[2]}` } : {}),
    ...(has('status') && api === 'compute' ? { status: /\/instances\//.test(path) ? 'RUNNING' : 'READY' } : {}),
    ...(has('state') && api !== 'compute' ? { state: api === 'sqladmin' ? 'RUNNABLE' : 'ACTIVE' } : {}),
    ...(has('projectNumber') ? { projectNumber } : {}),
    ...(has('selfLink') && api === 'compute' ? { selfLink: `https://www.googleapis.com/compute/v1/${path}` } : {}),
    ...(has('selfLink') && api === 'storage' ? { selfLink: `https://www.googleapis.com/storage/v1/${path}` } : {}),
  }
  return touched({ ...thing, ...own }, schema)
}

/** What changes with every write. */
export function touched(thing: JsonObject, schema: Schema | undefined): JsonObject {
  const has = (member: string): boolean => schema?.properties?.[member] !== undefined
  return {
    ...thing,
    ...(has('updateTime') ? { updateTime: now() } : {}),
    ...(has('updated') ? { updated: now() } : {}),
    ...(has('etag') ? { etag: mark([thing, now()]) } : {}),
    ...(has('fingerprint') ? { fingerprint: mark([thing, now()]) } : {}),
    ...(has('labelFingerprint') ? { labelFingerprint: mark(thing.labels ?? {}) } : {}),
    ...(has('metageneration') ? { metageneration: String(Number(thing.metageneration ?? 0) + 1) } : {}),
  }
}
