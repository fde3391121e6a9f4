import { isRawNumber, type JsonObject } from './json.ts'
import type { Json } from './resource.ts'
import { classifyName, type NameClass, pairNames } from './secret-names.ts'

// What the members of an object say of one another: the name beside a value, the type of a resource, a reference.

/** The type of a resource, or of the one in a record; empty where there is none. */
export function typeIn(json: Json): string {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || isRawNumber(json)) return ''
  const { resource = null, type } = json as JsonObject
  return resource !== null ? typeIn(resource) : typeof type === 'string' ? type : ''
}

/** A Kubernetes volume's `secret: {secretName, items}` says where a secret is, not what. */
export const isReference = (value: Json[] | JsonObject): boolean =>
  Object.hasOwn(value, 'secretName') || Object.hasOwn(value, 'secret_name')

/** In `["--password", "hunter2"]` the first is the name of the second. */
export const isSecretFlag = (text: string): boolean =>
  /^--?[A-Za-z][\w-]{0,63}$/.test(text) && isSecretClass(classifyName(text))

export const isSecretName = (name: string): boolean => isSecretClass(classifyName(name))

export const isSecretClass = (kind: NameClass): boolean => kind === 'secret' || kind === 'vault'

/** `{"name": "DB_PASSWORD", "value": …}`: the class of the value is that of the name beside it. */
export function classOfPair(object: JsonObject): NameClass {
  for (const field of pairNames) {
    const name = Object.hasOwn(object, field) ? object[field] : undefined
    if (typeof name === 'string') return classifyName(name)
  }
  return 'plain'
}
