import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import { compileGlob } from '../../../model/glob.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { TypePatterns } from '../../chosen-types.ts'
import { Pool } from '../../pool.ts'
import type { Session } from '../session/session.ts'
import type { Row } from '../table/row.ts'
import { isReadByRow } from './native.ts'
import { type Parent, typeRow } from './type-row.ts'
import { readSchema, type TypeSchema } from './type-schema.ts'

/** The types are listed anew after this long: AWS adds some every week. */
const maxAgeMs = 24 * 60 * 60_000
const maxPages = 1000
const schemasAtOnce = 4
/** Parents above a type: each resource of the highest is asked for a list, and each of these again. */
const maxLevels = 2

const page = z.looseObject({
  TypeSummaries: z.array(z.looseObject({ TypeName: z.string() })).optional(),
  NextToken: z.string().nullish(),
})
const described = z.looseObject({ Schema: z.string() })

/** A type that is chosen and can't be read. */
export interface NotCovered {
  readonly name: string
  readonly why: string
}

export interface CloudTypesFound {
  readonly rows: readonly Row[]
  readonly notCovered: readonly NotCovered[]
}

/** The types that Cloud Control reads for a source: those that are chosen, as AWS describes them, but what rows of the table read. */
export class CloudTypes {
  readonly #patterns: TypePatterns
  readonly #schemas = new Map<string, TypeSchema>()
  #found: { readonly types: CloudTypesFound; readonly at: number } | null = null

  constructor(patterns: TypePatterns) {
    this.#patterns = patterns
  }

  /** Whether a look has succeeded. */
  get isKnown(): boolean {
    return this.#found !== null
  }

  reads(name: string): boolean {
    return this.found.rows.some(({ type }) => type === name)
  }

  /** As of the last look. */
  get found(): CloudTypesFound {
    return this.#found?.types ?? { rows: [], notCovered: [] }
  }

  /**
   * Looks which types there are; those of a day ago will do.
   * @throws CallFailure, VainoError `source_failed` for a pattern of which there is no type
   */
  async look(session: Session, region: string, signal: AbortSignal): Promise<CloudTypesFound> {
    if (this.#found !== null && performance.now() - this.#found.at < maxAgeMs) return this.#found.types
    const names = await namesOf(session, region, signal)
    const chosen = this.#chosen(names)
    await this.#describe(chosen, session, region, signal)
    await this.#describeAbove(chosen, names, session, region, signal)
    const types = rowsOf(chosen, this.#schemas)
    this.#found = { types, at: performance.now() }
    return types
  }

  #chosen(names: readonly string[]): readonly string[] {
    const { include, exclude } = this.#patterns
    const unknown = [...include, ...exclude].find((pattern) => !names.some(compileGlob(pattern)))
    if (unknown !== undefined) {
      throw new VainoError('source_failed', `Cloud Control has no type ${unknown}`, {
        hint: 'Types are named as CloudFormation names them: AWS::AppRunner::Service, AWS::AppRunner::*.',
      })
    }
    const [isIn, isOut] = [include.map(compileGlob), exclude.map(compileGlob)]
    return names.filter(
      (name) => !isReadByRow(name) && isIn.some((matches) => matches(name)) && !isOut.some((matches) => matches(name)),
    )
  }

  /** What may be the parents of types, and theirs. */
  async #describeAbove(
    chosen: readonly string[],
    names: readonly string[],
    session: Session,
    region: string,
    signal: AbortSignal,
  ): Promise<void> {
    const services = new Set(chosen.map(serviceOf))
    const ofServices = names.filter((name) => services.has(serviceOf(name)))
    let below = chosen
    for (let level = 0; level < maxLevels; level++) {
      const needs = below.flatMap((name) => this.#schemas.get(name)?.listNeeds ?? [])
      below = ofServices.filter((name) => needs.some((property) => property.startsWith(shortOf(name))))
      await this.#describe(below, session, region, signal)
    }
  }

  async #describe(names: readonly string[], session: Session, region: string, signal: AbortSignal): Promise<void> {
    const pool = new Pool(schemasAtOnce)
    for (const name of names) {
      if (this.#schemas.has(name)) continue
      await pool.add(async () => {
        const asked = { Type: 'RESOURCE', TypeName: name }
        const answer = described.safeParse(await session.call('cloudformation', region, 'DescribeType', asked, signal))
        if (!answer.success) throw unusable('cloudformation:DescribeType', `the answer holds no schema of ${name}`)
        this.#schemas.set(name, readSchema(answer.data.Schema))
      })
    }
    await pool.drained()
  }
}

/** Types that AWS itself provides, and that a resource can be made of. */
async function namesOf(session: Session, region: string, signal: AbortSignal): Promise<readonly string[]> {
  const names = new Set<string>()
  for (const ProvisioningType of ['FULLY_MUTABLE', 'IMMUTABLE']) {
    const asked = { Type: 'RESOURCE', Visibility: 'PUBLIC', Filters: { Category: 'AWS_TYPES' }, MaxResults: 100 }
    let more = {}
    for (let count = 0; ; count++) {
      if (count === maxPages) throw unusable('cloudformation:ListTypes', `it has more than ${maxPages} pages`)
      const input = { ...asked, ProvisioningType, ...more }
      const answer = page.safeParse(await session.call('cloudformation', region, 'ListTypes', input, signal))
      if (!answer.success) throw unusable('cloudformation:ListTypes', 'the answer holds no types')
      for (const { TypeName } of answer.data.TypeSummaries ?? []) names.add(TypeName)
      const { NextToken } = answer.data
      if (NextToken == null || NextToken === '') break
      more = { NextToken }
    }
  }
  return [...names].sort()
}

function rowsOf(chosen: readonly string[], schemas: ReadonlyMap<string, TypeSchema>): CloudTypesFound {
  const rows: Row[] = []
  const notCovered: NotCovered[] = []
  for (const name of chosen) {
    const schema = schemas.get(name)
    if (schema === undefined) throw new Error(`${name} was not described`)
    const needs = schema.listNeeds
    const parent = parentOf(schema, schemas, maxLevels)
    if (needs === null) notCovered.push({ name, why: 'AWS can not list it' })
    else if (needs.length === 0) rows.push(typeRow(schema, null))
    else if (parent !== null) rows.push(typeRow(schema, parent))
    else notCovered.push({ name, why: `AWS lists it by ${needs.join(', ')} alone` })
  }
  return { rows, notCovered }
}

/**
 * The type of the same service below whose resources another is listed: its identifier holds all that the list needs, and it is listed
 * itself, by itself where there are several such types.
 * @param levels of parents, at most
 */
function parentOf(
  { name, listNeeds }: TypeSchema,
  schemas: ReadonlyMap<string, TypeSchema>,
  levels: number,
): Parent | null {
  if (listNeeds === null || listNeeds.length === 0 || levels === 0) return null
  const found = [...schemas.values()].flatMap((one): Parent[] => {
    if (one.name === name || serviceOf(one.name) !== serviceOf(name) || one.listNeeds === null) return []
    const needs = placesIn(one, listNeeds)
    const parent = parentOf(one, schemas, levels - 1)
    return needs === null || (one.listNeeds.length > 0 && parent === null) ? [] : [{ name: one.name, needs, parent }]
  })
  return found.find(({ parent }) => parent === null) ?? found[0] ?? null
}

/**
 * Where a type's identifier has the values of properties: each is one that identifies it, or that with its own name makes one (`Cluster`
 * by `Name`: `ClusterName`). One of several must be its very own: what an access entry of a cluster repeats names the cluster.
 * @returns null where it lacks one
 */
function placesIn({ name, identifiers }: TypeSchema, properties: readonly string[]): Parent['needs'] | null {
  const short = shortOf(name)
  const places: [string, number][] = []
  let isItself = identifiers.length === 1
  for (const property of properties) {
    const at = identifiers.findIndex((own) => short + own === property || own === property)
    if (at === -1) return null
    if (property.startsWith(short)) isItself = true
    places.push([property, at])
  }
  return isItself ? places : null
}

const serviceOf = (name: string): string => name.slice(0, name.lastIndexOf('::'))
const shortOf = (name: string): string => name.slice(name.lastIndexOf('::') + 2)

const unusable = (action: string, what: string): CallFailure => new CallFailure(action, what, 'passing', '', null)
