import type { SQLOutputValue } from 'node:sqlite'
import type { Scope } from '../../model/scope.ts'
import { type Row, text } from '../change-row.ts'

/** Why something was not read. */
export interface DriftProblem {
  readonly reason: string
  readonly message: string
  readonly hint: string | null
}

/** A state and its live scope, a collected scope, or (both `live` and `collection`) one whose objects say themselves what was applied to them. */
export interface DriftPair {
  readonly id: number
  /** The state's scope; or the collected one, in which what no state has is looked for. */
  readonly state: Scope
  /** Null where the state is not read live, and of a collected scope in which what no state has is looked for. */
  readonly live: Scope | null
  /** The type of a collected scope; null: it is a state. */
  readonly collection: string | null
  /** The time in the change log at which it was found, Unix milliseconds. */
  readonly addedAtMs: number
  /** How far its instances were judged when the pair was found, see the view; null: all of them. */
  readonly loadedTo: string | null
  /** Which live scan ended last, as far as the view has taken notice. */
  readonly ended: string
  /** Why nothing of this state is known at present; null where it is. */
  readonly problem: DriftProblem | null
  /** When its last scan began or ended. */
  readonly attemptAtMs: number | null
  /** How often the source reads; null where it doesn't say. */
  readonly everyMs: number | null
}

/** What the view holds of one managed instance, or of a collected thing that no state has; its address is its id then. */
export interface DriftInstance {
  readonly pair: number
  readonly address: string
  readonly status: string
  readonly reason: string | null
  readonly provider: string
  readonly type: string
  readonly account: string | null
  readonly region: string | null
  readonly namespace: string | null
  /** JSON text: its name, tags and identity. */
  readonly header: string
  /** Its source has said that the live resource is gone. */
  readonly isGone: boolean
  /** Which version of the state's instance the last readings were for. */
  readonly digest: string | null
  /** The first reading for that version, as JSON text; null where it is the present one. */
  readonly baseline: string | null
  /** What is known, as JSON text; null where nothing differs and nothing is unknown. */
  readonly item: string | null
  /** What the log said last, as JSON text; null where nothing is open. */
  readonly logged: string | null
  readonly openedAtMs: number | null
  /** Who made the newest change of the live resource, as JSON text; null where nobody is named. */
  readonly madeBy: string | null
  /** Until then an apply may be at work, and nothing is opened; null: none is. */
  readonly heldUntilMs: number | null
  /** Of a collected thing: the key of what it may be a part of; null where there is no such thing. */
  readonly holder: string | null
}

/** An instance in a list, with what the last live scan said of it. */
export interface ListedInstance extends DriftInstance {
  /** Why it was not read; null where it was. */
  readonly problem: DriftProblem | null
}

/** What the drift log takes. */
export interface NewLogRow {
  readonly atMs: number
  readonly state: Scope
  readonly address: string
  /** Whether drift is open after it. */
  readonly isOpen: boolean
  /** JSON text. */
  readonly entry: string
}

/** The newest entry of an item, as of an offset. */
export interface NewestLogRow {
  readonly state: string
  readonly address: string
  readonly isOpen: boolean
  /** JSON text. */
  readonly entry: string
}

/** An instance that is held, and until when. */
export interface HeldInstance {
  readonly pair: number
  readonly address: string
  readonly untilMs: number
}

export interface DriftLogRow {
  readonly offset: number
  readonly atMs: number
  /** JSON text. */
  readonly entry: string
}

/** How many instances have a status. `problem`: why they were not read, else null. */
export interface DriftCount {
  readonly pair: number
  readonly status: string
  readonly reason: string | null
  readonly isProblem: boolean
  readonly count: number
}

/** Filters that a count can have: what is in columns. */
export interface DriftColumns {
  readonly provider?: string | undefined
  readonly account?: string | undefined
  readonly location?: string | undefined
  readonly type?: string | undefined
}

const numberOrNull = (value: SQLOutputValue | undefined): number | null => (value == null ? null : Number(value))

/** From JSON text. */
const toProblem = (stored: SQLOutputValue | undefined): DriftProblem | null =>
  typeof stored === 'string' ? (JSON.parse(stored) as DriftProblem) : null

export const toPair = (row: Row): DriftPair => ({
  id: Number(row.id),
  state: String(row.state) as Scope,
  live: text(row.live) as Scope | null,
  collection: text(row.collection),
  addedAtMs: Number(row.added_at),
  loadedTo: text(row.loaded_to),
  ended: String(row.ended),
  problem: toProblem(row.problem),
  attemptAtMs: numberOrNull(row.attempt_at),
  everyMs: numberOrNull(row.every_ms),
})

export const pairIn = (row: Row | null): DriftPair | null => (row === null ? null : toPair(row))

export const toInstance = (row: Row): DriftInstance => ({
  pair: Number(row.pair),
  address: String(row.address),
  status: String(row.status),
  reason: text(row.reason),
  provider: String(row.provider),
  type: String(row.type),
  account: text(row.account),
  region: text(row.region),
  namespace: text(row.namespace),
  header: String(row.header),
  isGone: Number(row.is_gone) === 1,
  digest: text(row.digest),
  baseline: text(row.baseline),
  item: text(row.item),
  logged: text(row.logged),
  openedAtMs: numberOrNull(row.opened_at),
  madeBy: text(row.made_by),
  heldUntilMs: numberOrNull(row.held_until),
  holder: text(row.holder),
})

export const toListed = (row: Row): ListedInstance => ({ ...toInstance(row), problem: toProblem(row.problem) })

export const toHeld = (row: Row): HeldInstance => ({
  pair: Number(row.pair),
  address: String(row.address),
  untilMs: Number(row.held_until),
})

export const toCount = (row: Row, isProblem: boolean): DriftCount => ({
  pair: Number(row.pair),
  status: String(row.status),
  reason: row.reason === '' ? null : text(row.reason),
  isProblem,
  count: Number(row.count),
})

export const toNewest = (row: Row): NewestLogRow => ({
  state: String(row.state),
  address: String(row.address),
  isOpen: Number(row.is_open) === 1,
  entry: String(row.entry),
})

export const toLogRow = (row: Row): DriftLogRow => ({
  offset: Number(row.offset),
  atMs: Number(row.at),
  entry: String(row.entry),
})
