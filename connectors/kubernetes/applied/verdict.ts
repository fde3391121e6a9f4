import type { DriftField } from '../../../model/drift-walk.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { isAmbientObject } from '../ambient.ts'
import { type ApiStep, names } from './field-set.ts'
import { apiFormOf, lostFields, valueBehind } from './lost-fields.ts'
import { isOfAutoscaler, isScale } from './owners.ts'
import { pathText } from './written-fields.ts'

/** What is kept of an object between two of its documents. JSON. */
export interface AppliedMemory {
  /** Which version of `last-applied` the paths below are of. */
  readonly version?: string
  /** Paths that were otherwise in the first document of that version: the server may never have taken them. */
  readonly untaken?: readonly string[]
  /** By manager and operation: its last apply, and which of its fields others have since. */
  readonly appliers?: Readonly<Record<string, Applier>>
}

interface Applier {
  readonly time: string | null
  /** When that apply was first seen, Unix milliseconds. */
  readonly sinceMs: number
  readonly lost: readonly Lost[]
}

interface Lost {
  readonly path: readonly ApiStep[]
  readonly wanted: Json
  readonly owner: Json
}

/** A field that is not as it was applied, and who has it now; null where nobody is known. */
export interface AppliedField extends DriftField {
  readonly owner: Json
}

export type AppliedVerdict =
  | {
      readonly kind: 'known'
      readonly fields: readonly AppliedField[]
      readonly omitted: number
      readonly memory: AppliedMemory
    }
  | { readonly kind: 'unknown'; readonly reason: string }

/** One document after another of one object. */
export interface Reading {
  /** The document before; null where there is none, or it isn't known. */
  readonly before: Resource | null
  readonly now: Resource
  readonly memory: AppliedMemory | null
  /** Who made the change between them, as changes name them. */
  readonly actor: Json
  readonly occurredAt: string | null
  /** Unix milliseconds. */
  readonly atMs: number
}

/** An apply and the next one within a second have the same time: what the second one leaves out nobody else has removed. */
const sameApplyMs = 2000

/** What is to be said of an object to which something was applied; null where nothing was. */
export function appliedVerdict(reading: Reading): AppliedVerdict | null {
  const applied = appliedIn(reading.now)
  if (applied === null) return null
  if (typeof applied.problem === 'string') return { kind: 'unknown', reason: `applied_${applied.problem}` }
  return applied.by === 'last-applied' ? byAnnotation(applied, reading) : byManagers(applied, reading)
}

/**
 * What one reading alone says of an object, where nobody has seen it before: of fields without their values, as server-side apply keeps them, it
 * doesn't say which others have taken since. Null where nothing was applied.
 */
export function firstVerdict(now: Resource): AppliedVerdict | null {
  const verdict = appliedVerdict({ before: null, now, memory: null, actor: null, occurredAt: null, atMs: 0 })
  if (verdict?.kind !== 'known' || verdict.memory.appliers === undefined) return verdict
  // A controller's object is its own business, and what it applies there too.
  return isAmbientObject(now) ? null : { kind: 'unknown', reason: 'applied_values_not_kept' }
}

function appliedIn(resource: Resource | null): JsonObject | null {
  const applied: Json = resource?.metadata?.applied ?? null
  return isObject(applied) ? applied : null
}

function byAnnotation(applied: JsonObject, { before, memory }: Reading): AppliedVerdict {
  const version = String(applied.version)
  const earlier = appliedIn(before)
  const untaken =
    memory?.version === version
      ? (memory.untaken ?? [])
      : unsureIn(earlier !== null && String(earlier.version) === version ? earlier : applied)
  const fields = fieldsIn(applied).filter(({ unsure, path }) => unsure !== true || !untaken.includes(String(path)))
  return {
    kind: 'known',
    fields: fields.map(({ path, before: wanted = null, after = null, owner = null }) => ({
      ...{ path: String(path), before: wanted, after, owner },
    })),
    omitted: typeof applied.omitted === 'number' ? applied.omitted : 0,
    memory: { version, ...(untaken.length === 0 ? {} : { untaken }) },
  }
}

const fieldsIn = ({ fields = null }: JsonObject): JsonObject[] => (Array.isArray(fields) ? fields.filter(isObject) : [])

const unsureIn = (applied: JsonObject): string[] =>
  fieldsIn(applied).flatMap(({ unsure, path }) => (unsure === true ? [String(path)] : []))

interface ApplierSet {
  readonly time: string | null
  readonly fields: JsonObject
}

function byManagers(applied: JsonObject, reading: Reading): AppliedVerdict {
  const { before, now, memory, atMs } = reading
  const [was, is] = [setsIn(appliedIn(before)), setsIn(applied)]
  const objectBefore = before === null ? null : apiFormOf(before)
  const object = apiFormOf(now)
  const appliers: Record<string, Applier> = {}
  for (const name of new Set([...is.keys(), ...was.keys(), ...Object.keys(memory?.appliers ?? {})])) {
    const [set, setBefore, known] = [is.get(name), was.get(name), memory?.appliers?.[name]]
    const time = set?.time ?? setBefore?.time ?? known?.time ?? null
    const isSame = (other: { readonly time: string | null } | undefined) => other !== undefined && other.time === time
    const lost = isSame(known) ? (known?.lost ?? []) : []
    const sinceMs = isSame(known) ? (known?.sinceMs ?? atMs) : atMs
    const taken =
      setBefore === undefined || objectBefore === null || !isSame(setBefore)
        ? []
        : takenFrom(name, lostFields(setBefore.fields, set?.fields ?? null, objectBefore), { reading, object, sinceMs })
    const all = [...lost.filter(({ path }) => set === undefined || !names(set.fields, path)), ...taken]
    if (set !== undefined || all.length > 0) appliers[name] = { time, sinceMs, lost: all }
  }
  const others = (name: string) => [...is].flatMap(([other, { fields }]) => (other === name ? [] : [fields]))
  const fields = Object.entries(appliers).flatMap(([name, { lost }]) =>
    lost.flatMap(({ path, wanted, owner }): AppliedField[] => {
      // Another one who applies has it now: it was handed over.
      if (others(name).some((other) => names(other, path))) return []
      const after = valueBehind(object, path)
      if (after !== undefined && JSON.stringify(after) === JSON.stringify(wanted)) return []
      return [{ path: pathText(path), before: wanted, after: after ?? null, owner }]
    }),
  )
  return { kind: 'known', fields, omitted: 0, memory: { appliers } }
}

/** What others have taken from an applier by one change. */
function takenFrom(
  name: string,
  had: ReturnType<typeof lostFields>,
  { reading, object, sinceMs }: { readonly reading: Reading; readonly object: JsonObject; readonly sinceMs: number },
): Lost[] {
  const { actor, occurredAt, atMs } = reading
  const [writer, ...others] = newManagers(reading)
  const said = isObject(actor) && typeof actor.name === 'string' ? actor : null
  // Of two writers of one second a change may name the other one; the documents say whose entry is new.
  const by: JsonObject | null =
    writer !== undefined && others.length === 0 ? { ...writer, name: writer.manager ?? null } : said
  const [operation, subresource] = [
    String(by?.operation ?? ''),
    typeof by?.subresource === 'string' ? by.subresource : null,
  ]
  const isOwn = by === null || nameOf(String(by.name), operation) === name
  const owner = by === null || isOwn ? null : { manager: String(by.name), operation, subresource, time: occurredAt }
  return had.flatMap(({ path, value }): Lost[] => {
    const isAbsent = valueBehind(object, path) === undefined
    if (isAbsent && isOwn && atMs - sinceMs < sameApplyMs) return []
    if (isScale(path) && owner !== null && isOfAutoscaler(owner)) return []
    return [{ path, wanted: value, owner }]
  })
}

/** The entries of managers that the document before didn't have. */
function newManagers({ before, now }: Reading): JsonObject[] {
  const entries = (of: Resource | null): JsonObject[] => {
    const managers: Json = of?.metadata?.managers ?? null
    return Array.isArray(managers) ? managers.filter(isObject) : []
  }
  const known = new Set(entries(before).map((one) => JSON.stringify(one)))
  return before === null ? [] : entries(now).filter((one) => !known.has(JSON.stringify(one)))
}

const nameOf = (manager: string, operation: string): string => `${manager} ${operation}`

function setsIn(applied: JsonObject | null): ReadonlyMap<string, ApplierSet> {
  const appliers = applied?.appliers ?? null
  return new Map(
    (Array.isArray(appliers) ? appliers : [])
      .filter(isObject)
      .map(({ manager, operation, time = null, fields = null }) => [
        nameOf(String(manager), String(operation)),
        { time: typeof time === 'string' ? time : null, fields: isObject(fields) ? fields : {} },
      ]),
  )
}
