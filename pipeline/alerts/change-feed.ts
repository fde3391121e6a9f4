import type { AttributionEntry, Change } from '../../model/change.ts'
import { type Cursor, isAtLeast, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { Resource } from '../../model/resource.ts'
import type { AlertStore } from '../../storage/alerts/alert-store.ts'
import type { LoggedAttribution, LoggedChange, StateReader } from '../../storage/state-reader.ts'
import { InOrder } from '../drift/in-order.ts'
import type { CurrentRules } from '../rules/current-rules.ts'
import { type Alert, alertFields } from './alert.ts'
import type { AlertRouter } from './alert-router.ts'
import type { Route } from './routes.ts'

export interface ChangeFeedParts {
  readonly reader: Pick<StateReader, 'asOf' | 'changes' | 'changesOf' | 'floor' | 'encode' | 'decode'>
  readonly store: AlertStore
  readonly router: AlertRouter
  readonly rules: Pick<CurrentRules, 'rules' | 'ruleOf'>
  /** Those that are told of changes. */
  readonly routes: readonly Route[]
  readonly nowMs: () => number
  /** Changes were removed by retention before they were looked at. */
  skipped(): void
}

const mark = 'changes'
const namedMark = 'changes_named'
const maxNamed = 1_000
/** Milliseconds of work in one transaction. */
const sliceMs = 10

/**
 * Follows the change log from the first start with such a route on: what a route is about goes to the router, in one transaction with the
 * position that it leads to. Changes that a rule ignores are told of by nobody.
 */
export class ChangeFeed {
  readonly #parts: ChangeFeedParts
  readonly #scopes: string
  /** The last changes that were told by a route that asks who made them: their attribution may come later still. */
  #named: readonly string[]
  readonly #log: Pick<StateReader, 'changesOf' | 'floor'>

  constructor(parts: ChangeFeedParts) {
    this.#parts = parts
    const { reader, routes, store } = parts
    this.#named = JSON.parse(store.mark(namedMark) ?? '[]')
    this.#scopes = commonStart(routes.flatMap(({ scopes }) => scopes ?? ['']))
    // A prefix has to be one.
    const all = (_scopes: unknown, ...of: Parameters<StateReader['changes']>) => reader.changes(...of)
    this.#log = this.#scopes === '' ? { floor: () => reader.floor(), changesOf: all } : reader
  }

  /** @param turn awaited between two transactions */
  async advance(turn: () => Promise<void>): Promise<void> {
    const { reader, store } = this.#parts
    const { position: through } = reader.asOf(Number.POSITIVE_INFINITY)
    const from = this.#position()
    if (from === null) {
      store.transaction(() => store.setMark(mark, reader.encode(through)))
      return
    }
    if (isAtLeast(from, through)) return
    const position = [...from]
    const changes = new InOrder(this.#log, [this.#scopes], from, through)
    for (let isDone = false; !isDone; await turn())
      isDone = store.transaction(() => this.#takeSome(changes, position, through))
  }

  /** Null where nothing was followed yet, or what comes next is not kept: it goes on with what is new. */
  #position(): Position | null {
    const { reader, store, skipped } = this.#parts
    const cursor = store.mark(mark)
    if (cursor === null) return null
    try {
      return reader.decode(cursor)
    } catch (error) {
      if (!(error instanceof VainoError) || error.code !== 'cursor_expired') throw error
      skipped()
      return null
    }
  }

  #takeSome(changes: InOrder, position: number[], through: Position): boolean {
    const { reader, store } = this.#parts
    const untilMs = performance.now() + sliceMs
    let isDone = false
    while (performance.now() < untilMs) {
      const entry = changes.peek()
      if (entry === null) {
        isDone = true
        break
      }
      changes.take()
      position[entry.partition] = entry.offset
      const change = entry.op === 'a' ? this.#namedBy(entry) : entry
      if (change !== null) this.#take(change, reader.encode(position), entry.op === 'a')
    }
    store.setMark(mark, reader.encode(isDone ? through : position))
    return isDone
  }

  /** The change that an entry says the maker of; null where that is kept no more. */
  #namedBy(entry: LoggedAttribution): LoggedChange | null {
    const { of } = JSON.parse(entry.toJson('' as Cursor)) as AttributionEntry
    const offset = Number(of.slice(of.indexOf('-') + 1))
    const [found] = this.#parts.reader.changes(entry.partition, offset - 1, offset, 1)
    return found === undefined || found.op === 'a' ? null : found
  }

  #take(entry: LoggedChange, cursor: Cursor, isNamedLate: boolean): void {
    const { router, routes, rules, nowMs } = this.#parts
    // What is told by its operation alone needs no parse.
    const subject = entry.subject()
    if (!routes.some(({ mayWant }) => mayWant(entry.op, subject.type))) return
    if (rules.ruleOf(entry) !== null) return
    const change = entry.toChange(cursor)
    // It was read after its attribution was committed, and had its maker already.
    if (isNamedLate && this.#named.includes(change.id)) return
    const severity = rules.rules.severityOf(subject)
    const owner = rules.rules.ownerOf(subject)
    const alert = alertOf(change, { severity, owner }, isNamedLate)
    if (!isNamedLate && routes.some((route) => route.asksActor && route.wants(alert))) this.#noteNamed(change.id)
    router.take(alert, false, nowMs())
  }

  #noteNamed(id: string): void {
    this.#named = [...this.#named.slice(1 - maxNamed), id]
    this.#parts.store.setMark(namedMark, JSON.stringify(this.#named))
  }
}

/** What all globs begin with, literally. */
function commonStart(globs: readonly string[]): string {
  const starts = globs.map((glob) => /^[^*?\\]*/.exec(glob)?.[0] ?? '').filter((start) => /^[\x20-\x7e]*$/.test(start))
  if (starts.length < globs.length) return ''
  let common = starts[0] ?? ''
  for (const start of starts) while (!start.startsWith(common)) common = common.slice(0, -1)
  return common
}

function alertOf(change: Change, judged: Pick<Alert, 'severity' | 'owner'>, isNamedLate: boolean): Alert {
  const { resource, fields } = change
  return {
    source: 'changes',
    subject: change.id,
    event: 'change',
    at: change.recorded_at,
    ...judged,
    scope: change.scope,
    key: change.key,
    type: resource.type,
    name: resource.name ?? resource.id,
    provider: resource.provider,
    ...{ account: resource.account ?? null, region: resource.region ?? null, namespace: resource.namespace ?? null },
    ...{ status: null, tier: null, replaced: false, op: change.op, condition: null },
    actor: change.actor,
    ...alertFields(fields),
    message: null,
    duration_seconds: null,
    entry: change.id,
    paths: fields.map(({ path }) => path),
    scopes: [change.scope],
    keys: [change.key],
    tags: tagsOf(change.after ?? change.before),
    scannedScope: change.scope,
    isNamedLate,
  }
}

const tagsOf = (resource: Resource | null) => resource?.tags ?? {}
