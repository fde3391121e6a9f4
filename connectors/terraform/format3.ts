import { VainoError } from '../../model/errors.ts'
import { hasTooMuchStructure, tooMuchStructure } from '../../model/json-structure.ts'
import type { Json } from '../../model/resource.ts'
import { expandFlatmap } from './flatmap.ts'
import { type Found, maxInstanceDepth, nameless, problemOf, type StateFormat, tooDeep, tooLarge } from './format.ts'
import type { Plan, Step, Token } from './json-splitter.ts'
import { asObject, asText, type JsonObject, own, parseBytes } from './parse-bytes.ts'
import { headOf, type Instance, type ResourceHead } from './resource.ts'

/**
 * Format 3, Terraform 0.7 to 0.11:
 * `{"modules": [{"path": ["root", "net"], "resources": {"aws_instance.web.0": {"type", "primary": {"attributes"}, …}}}]}`.
 *
 * Addresses are those that format 4 gives the same things, deposed keys too, so that upgrading a state changes no key.
 */
export function format3(options: { readonly dataSources: boolean }): StateFormat {
  /** Of the opened module: `undefined` before its path has been read. */
  let module: string | null | undefined

  function plan(path: readonly Step[]): Plan {
    switch (path.length) {
      case 1:
        return 'open'
      case 2:
        return 'take-or-open'
      case 3:
        return path[2] === 'resources' ? 'open' : path[2] === 'path' ? 'take' : 'skip'
      default:
        return module === undefined ? 'skip' : 'take'
    }
  }

  function* take(token: Token): Generator<Found> {
    const [, at, member, key] = token.path
    try {
      if (key !== undefined) yield* takeEntry(token, String(key))
      else if (member === undefined) yield* takeModule(token)
      else if (token.kind === 'open') checkPlace(token.isArray)
      else if (token.kind === 'value' && member === 'path') module = readPath(parseBytes(token.bytes, token.offset))
      else if (token.kind === 'oversized') throw new VainoError('bad_input', tooLarge)
    } catch (error) {
      yield problemOf(key === undefined ? nameless('module', at, token) : String(key), error)
    }
  }

  function checkPlace(isList: boolean): void {
    if (isList) throw resourcesNoObject()
    if (module === undefined) throw outOfOrder()
  }

  function* takeModule(token: Token): Generator<Found> {
    module = undefined
    if (token.kind !== 'value') return
    const whole = asObject(parseBytes(token.bytes)) ?? {}
    const path = readPath(own(whole, 'path'))
    const resources = asObject(own(whole, 'resources') ?? {})
    if (resources === null) throw resourcesNoObject()
    for (const [key, resource] of Object.entries(resources)) yield* found(path, key, resource)
  }

  function* takeEntry(token: Token, key: string): Generator<Found> {
    if (module === undefined) return
    if (token.kind === 'oversized') throw new VainoError('bad_input', tooLarge)
    if (token.kind !== 'value') return
    if (token.depth > maxInstanceDepth) throw new VainoError('bad_input', tooDeep)
    if (hasTooMuchStructure(token.bytes)) throw new VainoError('bad_input', `has ${tooMuchStructure}`)
    yield* found(module, key, parseBytes(token.bytes, token.offset))
  }

  function* found(path: string | null, key: string, value: Json): Generator<Found> {
    try {
      const { head, instances } = readResource(path, key, value)
      if (head.mode !== 'data' || options.dataSources) for (const instance of instances) yield { head, instance }
    } catch (error) {
      yield problemOf(key, error)
    }
  }

  return { version: 3, root: 'modules', plan, take }
}

const resourcesNoObject = (): VainoError => new VainoError('bad_input', 'has resources that are no object')

const outOfOrder = (): VainoError =>
  new VainoError('bad_input', 'has its resources before its path', {
    hint: 'In a module of more than 1 MiB the path must come first, as Terraform writes it: `terraform state pull` does.',
  })

/** `["root", "net"]` → `module.net`, the root → `null`. Modules had no indexes then. */
function readPath(path: Json | undefined): string | null {
  if (!Array.isArray(path) || path.length === 0 || !path.every((part) => typeof part === 'string')) {
    throw new VainoError('bad_input', 'has no path')
  }
  const [, ...inner] = path
  return inner.length === 0 ? null : inner.map((name) => `module.${name}`).join('.')
}

/** Its name holds mode, type, name and count index: `data.aws_ami.base`, `aws_instance.web.0`. */
function readResource(module: string | null, key: string, value: Json): { head: ResourceHead; instances: Instance[] } {
  const resource = asObject(value)
  const [, data, type, name, count] = /^(data\.)?([^.]+)\.(.+?)(?:\.(\d+))?$/s.exec(key) ?? []
  if (resource === null || !type || !name) throw new VainoError('bad_input', 'is not a resource of state format 3')
  const instanceOf = (object: JsonObject, deposed: string | null): Instance => ({
    index: count === undefined ? undefined : Number(count),
    deposed,
    tainted: own(object, 'tainted') === true,
    attributes: expandFlatmap(asObject(own(object, 'attributes')) ?? {}),
    sensitivePaths: undefined,
    identity: undefined,
    ofProvider: { private: null, identityVersion: null, isFlat: true },
    notes: {
      schema_version: Number(own(asObject(own(object, 'meta')) ?? {}, 'schema_version') ?? 0),
      dependencies: own(resource, 'depends_on') ?? [],
    },
  })
  const primary = asObject(own(resource, 'primary'))
  const deposed = own(resource, 'deposed')
  const others = (Array.isArray(deposed) ? deposed : []).map(asObject).filter((object) => object !== null)
  return {
    head: headOf({ module, mode: data ? 'data' : 'managed', type, name, provider: asText(own(resource, 'provider')) }),
    instances: [
      // An object without an id is one that is no more.
      ...(primary === null || asText(own(primary, 'id')) === null ? [] : [instanceOf(primary, null)]),
      // Terraform's own upgrade to format 4 numbers them so.
      ...others.map((object, at) => instanceOf(object, (at + 1).toString(16).padStart(8, '0'))),
    ],
  }
}
