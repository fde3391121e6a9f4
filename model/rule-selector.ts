import type { Op } from './change.ts'
import { compileGlob, type Glob } from './glob.ts'
import type { Json } from './resource.ts'

export const changeShapes = ['create', 'update', 'delete', 'add', 'remove', 'replace'] as const
/** What happened to the resource, or to one of its fields. */
export type ChangeShape = (typeof changeShapes)[number]
type FieldShape = Extract<ChangeShape, 'add' | 'remove' | 'replace'>

/** What a rule is about; all that is given must hold, and of each list one. Texts are globs: see `compileGlob`. */
export interface Selector {
  readonly scope?: readonly string[] | undefined
  readonly type?: readonly string[] | undefined
  readonly key?: readonly string[] | undefined
  /** `ingress.cidr_blocks`: this field and what lies below it; arrays are transparent unless the path has brackets. */
  readonly path?: readonly string[] | undefined
  /** Name → its value. */
  readonly tag?: Readonly<Record<string, string>> | undefined
  readonly actor?: readonly string[] | undefined
  readonly change?: readonly ChangeShape[] | undefined
  /** The field's value: a text is a glob, anything else is equal. */
  readonly before?: string | number | boolean | null | undefined
  readonly after?: string | number | boolean | null | undefined
}

export interface Field {
  readonly path: string
  readonly before: Json
  readonly after: Json
  /** Absent: read from the two values. */
  readonly op?: FieldShape
}

/** A resource and what happened to it. What costs a parse is a function, and called only where a rule asks. */
export interface Subject {
  /** One scope and key, or those of both sides of a drift. */
  readonly scopes: readonly string[]
  readonly keys: readonly string[]
  readonly type: string
  readonly shape: Extract<ChangeShape, 'create' | 'update' | 'delete'>
  fields(): readonly Field[]
  /** Before and after. */
  tags(): readonly { readonly [name: string]: Json }[]
  actor(): Json
}

export const shapeOfOp = (op: Op): Subject['shape'] => (op === 'd' ? 'delete' : op === 'u' ? 'update' : 'create')

/** A selector, compiled. */
export interface CompiledSelector {
  /** Types without a wildcard, for an index; null where any type may pass. */
  readonly exactTypes: readonly string[] | null
  /** Whether it speaks of single fields: then the whole resource never passes. */
  readonly isOfFields: boolean
  /** Whether it is about this resource, whatever happened to it and by whom. */
  covers(subject: Subject): boolean
  /** Whether the resource passes, its fields aside. */
  passes(subject: Subject): boolean
  passesField(field: Field): boolean
}

/** @param unsaid what a rule is about that doesn't say in `change` what happened */
export function compileSelector(selector: Selector, unsaid: readonly ChangeShape[] = changeShapes): CompiledSelector {
  const types = anyOf(selector.type)
  const scopes = anyOf(selector.scope)
  const keys = anyOf(selector.key)
  const actors = anyOf(selector.actor)
  const tags = Object.entries(selector.tag ?? {}).map(
    ([name, value]) => [compileGlob(name), compileGlob(value)] as const,
  )
  const shapes = shapesOf(selector.change, unsaid)
  const { path, before, after } = selector
  const paths = path?.map(compilePath)
  const isOfFields = paths !== undefined || before !== undefined || after !== undefined || shapes.ofFields !== null
  const valuePasses = [valueTest(before), valueTest(after)] as const
  const isExact = selector.type?.every((type) => !/[*?\\]/.test(type)) ?? false
  const covers = (subject: Subject): boolean =>
    (types === null || types(subject.type)) &&
    (scopes === null || subject.scopes.some(scopes)) &&
    (keys === null || subject.keys.some(keys)) &&
    (tags.length === 0 || subject.tags().some((given) => tags.every((tag) => hasTag(given, tag))))
  return {
    exactTypes: isExact ? (selector.type ?? null) : null,
    isOfFields,
    covers,
    passes: (subject) =>
      (isOfFields ? subject.shape === 'update' : shapes.ofResources.includes(subject.shape)) &&
      covers(subject) &&
      (actors === null || actorTexts(subject.actor()).some(actors)),
    passesField: (field) =>
      !isOfFields ||
      ((paths === undefined || paths.some((passes) => passes(field.path))) &&
        (shapes.ofFields === null || shapes.ofFields.includes(fieldShape(field))) &&
        valuePasses[0](field.before) &&
        valuePasses[1](field.after)),
  }
}

function shapesOf(change: readonly ChangeShape[] | undefined, unsaid: readonly ChangeShape[]) {
  const ofFields = change?.filter(
    (each): each is FieldShape => each === 'add' || each === 'remove' || each === 'replace',
  )
  return {
    ofResources: change ?? unsaid,
    ofFields: ofFields === undefined || ofFields.length === 0 ? null : ofFields,
  }
}

function anyOf(patterns: readonly string[] | undefined): Glob | null {
  if (patterns === undefined) return null
  const globs = patterns.map(compileGlob)
  return (text) => globs.some((glob) => glob(text))
}

const hasTag = (tags: { readonly [name: string]: Json }, [hasName, hasValue]: readonly [Glob, Glob]): boolean =>
  Object.entries(tags).some(([name, value]) => hasName(name) && hasValue(textOf(value)))

/** An actor is a text, or an object with an ARN, a name or the like in it. */
function actorTexts(actor: Json): string[] {
  if (typeof actor === 'string') return [actor]
  if (typeof actor !== 'object' || actor === null) return []
  return Object.values(actor).filter((value): value is string => typeof value === 'string')
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function valueTest(wanted: Selector['before']): (value: Json) => boolean {
  if (wanted === undefined) return () => true
  if (typeof wanted !== 'string')
    return (value) => value === wanted || (value !== null && textOf(value) === String(wanted))
  const glob = compileGlob(wanted)
  return (value) => value !== null && glob(textOf(value))
}

const fieldShape = ({ op, before, after }: Field): FieldShape =>
  op ?? (before === null ? 'add' : after === null ? 'remove' : 'replace')

const root = 'configuration.'

function compilePath(pattern: string): Glob {
  const wanted = pattern.startsWith(root) ? pattern.slice(root.length) : pattern
  const hasBrackets = wanted.includes('[')
  const globs = [wanted, `${wanted}.*`, ...(hasBrackets ? [`${wanted}[*`] : [])].map(compileGlob)
  return (path) => {
    const plain = path.startsWith(root) ? path.slice(root.length) : path
    const text = hasBrackets || !plain.includes('[') ? plain : namesOf(plain)
    return globs.some((glob) => glob(text))
  }
}

const bracket = /\[("(?:[^"\\]|\\.)*")\]|\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]/g

/** The names in a path, elements of arrays left out: `ingress[port=22].cidr` → `ingress.cidr`, `tags["a b"]` → `tags.a b`. */
export const namesOf = (path: string): string =>
  path.replace(bracket, (_, quoted?: string) => (quoted === undefined ? '' : `.${unquoted(quoted)}`)).replace(/^\./, '')

/** A path may come from elsewhere; what is no JSON in quotes stays as it is. */
function unquoted(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    // Nothing is lost: the rule for it can be written so, too.
    return quoted.slice(1, -1)
  }
}
