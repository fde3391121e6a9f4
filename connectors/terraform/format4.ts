import { VainoError } from '../../model/errors.ts'
import { hasTooMuchStructure, tooMuchStructure } from '../../model/json-structure.ts'
import type { Json } from '../../model/resource.ts'
import { formatIndex } from './address.ts'
import { expandFlatmap } from './flatmap.ts'
import { type Found, maxInstanceDepth, nameless, problemOf, type StateFormat, tooDeep, tooLarge } from './format.ts'
import type { Plan, Step, Token } from './json-splitter.ts'
import { asObject, asText, type JsonObject, own, parseBytes } from './parse-bytes.ts'
import { headOf, type Instance, type ResourceHead } from './resource.ts'

/** The members of a resource that say what its instances are. Terraform writes them first. */
const headMembers: ReadonlySet<Step> = new Set(['module', 'mode', 'type', 'name', 'provider'])

/** Members of an instance that stand in a resource's `metadata`. */
const noted = ['schema_version', 'dependencies', 'create_before_destroy'] as const

/**
 * Format 4, Terraform 0.12 and newer, and OpenTofu:
 * `{"resources": [{"module", "mode", "type", "name", "provider", "instances": [{"index_key", "attributes", …}]}]}`.
 *
 * A small resource comes as one value. A large one comes opened: its head member by member, then its instances.
 */
export function format4(options: { readonly dataSources: boolean }): StateFormat {
  /** The opened resource's members so far, and its head from its first instance on. */
  let members: JsonObject = {}
  let head: ResourceHead | null = null

  const wants = (mode: string): boolean => options.dataSources || mode !== 'data'

  function plan(path: readonly Step[]): Plan {
    switch (path.length) {
      case 1:
        return 'open'
      case 2:
        return 'take-or-open'
      case 3:
        return path[2] === 'instances' ? 'open' : headMembers.has(path[2] ?? '') ? 'take' : 'skip'
      default:
        return head !== null && wants(head.mode) ? 'take' : 'skip'
    }
  }

  function* take(token: Token): Generator<Found> {
    const [, at, member, position] = token.path
    try {
      if (position !== undefined) yield* takeInstance(token, Number(position))
      else if (member === undefined) yield* takeResource(token)
      else if (token.kind === 'open') head = headFor(token.isArray)
      else if (token.kind === 'value') takeMember(String(member), token.bytes, token.offset)
      else if (token.kind === 'oversized') throw new VainoError('bad_input', tooLarge)
    } catch (error) {
      const inside = member === undefined ? null : head
      yield problemOf(inside === null ? nameless('resource', at, token) : inside.address, error)
    }
  }

  function* takeResource(token: Token): Generator<Found> {
    members = {}
    head = null
    if (token.kind !== 'value') return
    const resource = asObject(parseBytes(token.bytes))
    if (resource === null) throw new VainoError('bad_input', 'is no object')
    const whole = readHead(resource)
    const instances = own(resource, 'instances') ?? []
    if (!Array.isArray(instances)) throw instancesNoList()
    if (!wants(whole.mode)) return
    for (const [at, instance] of instances.entries()) yield found(whole, instance, at)
  }

  function headFor(isList: boolean): ResourceHead {
    if (!isList) throw instancesNoList()
    return readHead(members)
  }

  function takeMember(member: string, bytes: Uint8Array, offset: number): void {
    if (head !== null) throw outOfOrder(`has its ${member} behind its instances`)
    members[member] = parseBytes(bytes, offset)
    if (member === 'instances' && members[member] !== null) throw instancesNoList()
  }

  function* takeInstance(token: Token, at: number): Generator<Found> {
    if (head === null || token.kind === 'open' || token.kind === 'close') return
    try {
      if (token.kind === 'oversized') throw new VainoError('bad_input', tooLarge)
      if (token.depth > maxInstanceDepth) throw new VainoError('bad_input', tooDeep)
      if (hasTooMuchStructure(token.bytes)) throw new VainoError('bad_input', `has ${tooMuchStructure}`)
      yield { head, instance: readInstance(parseBytes(token.bytes, token.offset)) }
    } catch (error) {
      yield problemOf(`${head.address}${indexIn(token.bytes)} (instance ${at + 1})`, error)
    }
  }

  return { version: 4, root: 'resources', plan, take }
}

function found(head: ResourceHead, instance: Json, at: number): Found {
  try {
    return { head, instance: readInstance(instance) }
  } catch (error) {
    return problemOf(`${head.address} (instance ${at + 1})`, error)
  }
}

const instancesNoList = (): VainoError => new VainoError('bad_input', 'has instances that are no list')

const outOfOrder = (message: string): VainoError =>
  new VainoError('bad_input', message, {
    hint: 'In a resource of more than 1 MiB they must come first, as Terraform writes them: `terraform state pull` does.',
  })

/** The index of an instance from its first bytes, of which it is the first member. */
function indexIn(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  const literal = /^\{\s*"index_key"\s*:\s*("(?:[^"\\]|\\.)*"|\d+)/.exec(start)?.[1]
  return literal === undefined ? '' : formatIndex(parseBytes(Buffer.from(literal)))
}

function readHead(resource: JsonObject): ResourceHead {
  const type = asText(own(resource, 'type'))
  const name = asText(own(resource, 'name'))
  const mode = own(resource, 'mode')
  if (type === null || name === null || mode === undefined)
    throw outOfOrder('has no mode, type and name before its instances')
  if (mode !== 'managed' && mode !== 'data') throw new VainoError('bad_input', 'has a mode other than managed and data')
  return headOf({
    module: asText(own(resource, 'module')),
    mode,
    type,
    name,
    provider: asText(own(resource, 'provider')),
  })
}

function readInstance(value: Json): Instance {
  const instance = asObject(value)
  if (instance === null) throw new VainoError('bad_input', 'is no object')
  const notes: JsonObject = {}
  for (const name of noted) {
    const note = own(instance, name)
    if (note !== undefined) notes[name] = note
  }
  return {
    index: own(instance, 'index_key'),
    deposed: asText(own(instance, 'deposed')),
    tainted: own(instance, 'status') === 'tainted',
    attributes: readAttributes(instance),
    sensitivePaths: own(instance, 'sensitive_attributes'),
    identity: own(instance, 'identity'),
    ofProvider: {
      private: asText(own(instance, 'private')),
      identityVersion: asNumber(own(instance, 'identity_schema_version')),
      isFlat: own(instance, 'attributes') === undefined && own(instance, 'attributes_flat') !== undefined,
    },
    notes,
  }
}

const asNumber = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null)

function readAttributes(instance: JsonObject): JsonObject {
  // `attributes_flat` stands where a state of format 3 was upgraded and not refreshed since. Terraform takes none for empty.
  const flat = asObject(own(instance, 'attributes_flat'))
  const attributes = asObject(own(instance, 'attributes') ?? (flat === null ? {} : expandFlatmap(flat)))
  if (attributes === null) throw new VainoError('bad_input', 'has attributes that are no object')
  return attributes
}
