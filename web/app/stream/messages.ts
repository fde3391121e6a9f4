/** One change as a line of the list: no documents, three fields, values as text. */
export interface Row {
  readonly id: string
  readonly op: 'r' | 'c' | 'u' | 'd'
  readonly key: string
  readonly version: number
  readonly scope: string
  /** Null: not found by a scan. */
  readonly scan: string | null
  readonly provider: string
  readonly type: string
  readonly name: string
  /** When it was recorded, RFC 3339. */
  readonly at: string
  /** Who made it; null: not known yet. */
  readonly actor: string | null
  readonly reason: string | null
  readonly rule: string | null
  readonly fields: readonly RowField[]
  /** Fields beyond those. */
  readonly more: number
}

export interface RowField {
  readonly path: string
  readonly op: 'add' | 'remove' | 'replace'
  /** JSON, cut. */
  readonly before: string
  readonly after: string
}

export interface Trouble {
  /** A sentence: what was refused, or what happened. */
  readonly happened: string
  /** The address that did not answer as vaino does; null: vaino has refused. */
  readonly tried: string | null
  readonly advice: string | null
}

export interface Connection {
  readonly state: 'connecting' | 'live' | 'lost' | 'refused'
  readonly trouble: Trouble | null
}

/** Changes by op since the stream was asked for; what the list has let go counts too. */
export type Counts = Readonly<Record<Row['op'], number>>

export interface ToWorker {
  /** Names the stream in the worker's answers. */
  readonly stream: number
  /** Filters, as `/v1/changes` takes them. */
  readonly query: string
  readonly token: string | null
}

export interface FromWorker {
  readonly stream: number
  /** New ones, newest first, at most as many as a list keeps. */
  readonly rows: readonly Row[]
  /** Who made changes that were shown before: by the change's id. */
  readonly actors: readonly (readonly [string, string])[]
  /** What the list has is not continued: another data directory answers, or the history in between is gone. */
  readonly isNew: boolean
  readonly counts: Counts
  readonly connection: Connection
}

/** Rows that a list keeps; older ones are let go, and stay counted. */
export const maxRows = 2000
