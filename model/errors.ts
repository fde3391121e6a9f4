/**
 * Every error that a user can meet, in one table: the HTTP status that the API answers, the exit code of the CLI,
 * whether the same call can succeed later, and what to do about it.
 */
const table = {
  bad_request: { status: 400, exit: 2, retry: false, title: 'The request is malformed' },
  bad_cursor: { status: 400, exit: 2, retry: false, title: 'The cursor is malformed' },
  foreign_cursor: { status: 400, exit: 2, retry: false, title: 'The cursor belongs to another data directory' },
  unauthorized: { status: 401, exit: 2, retry: false, title: 'A token is needed' },
  forbidden: { status: 403, exit: 2, retry: false, title: 'Not allowed' },
  stale_epoch: { status: 403, exit: 2, retry: false, title: 'A newer producer has taken over' },
  not_found: { status: 404, exit: 2, retry: false, title: 'Not found' },
  method_not_allowed: { status: 405, exit: 2, retry: false, title: 'The method is not allowed here' },
  producer_gap: { status: 409, exit: 2, retry: false, title: 'A producer sequence number is missing' },
  gone: { status: 410, exit: 2, retry: false, title: 'The resource was deleted' },
  cursor_expired: { status: 410, exit: 2, retry: false, title: 'The history before this cursor is no longer kept' },
  cursor_ahead: { status: 410, exit: 2, retry: false, title: 'The cursor is ahead of this log' },
  too_large: { status: 413, exit: 2, retry: false, title: 'Too large' },
  unsupported_encoding: { status: 415, exit: 2, retry: false, title: 'The content encoding is not supported' },
  busy: { status: 429, exit: 2, retry: true, title: 'Too much is under way' },
  bad_config: { status: 500, exit: 2, retry: false, title: 'The configuration is not usable' },
  bad_input: { status: 400, exit: 2, retry: false, title: 'The input is not usable' },
  source_failed: { status: 502, exit: 2, retry: true, title: 'A source could not be read' },
  broker_unreachable: { status: 503, exit: 2, retry: true, title: 'Kafka cannot be reached' },
  broker_refused: { status: 502, exit: 2, retry: false, title: 'Kafka refuses' },
  topic_mismatch: { status: 500, exit: 2, retry: false, title: 'A Kafka topic is not as it must be' },
  log_truncated: { status: 503, exit: 2, retry: false, title: 'The Kafka topic no longer holds what comes next' },
  fenced: { status: 503, exit: 2, retry: false, title: 'Another process has taken over' },
  storage_full: { status: 507, exit: 2, retry: true, title: 'The disk is full' },
  storage_failed: { status: 503, exit: 2, retry: true, title: 'The data directory cannot be used' },
  storage_damaged: { status: 503, exit: 2, retry: false, title: 'The data directory is damaged' },
  replica_gap: { status: 503, exit: 2, retry: true, title: 'A replica has missed changes' },
  data_dir_in_use: { status: 503, exit: 2, retry: true, title: 'Another process uses this data directory' },
  port_in_use: { status: 503, exit: 2, retry: true, title: 'The address is in use' },
  not_ready: { status: 503, exit: 2, retry: true, title: 'Not ready' },
  internal: { status: 500, exit: 2, retry: false, title: 'A defect in vaino' },
} as const

export type ErrorCode = keyof typeof table
export const errorCodes = Object.keys(table) as readonly ErrorCode[]

export interface ErrorOptionsOf {
  /** What the person can do next, one sentence. */
  readonly hint?: string
  readonly cause?: unknown
  /** Seconds after which a retry makes sense (429, 503). */
  readonly retryAfterSeconds?: number
  /** For programs, beside the text: `{ expected_seq: 7 }`. Stands in the API's problem document. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** An error with a place in the table. `message` says what happened and to what; `hint` says the next step. */
export class VainoError extends Error {
  override readonly name = 'VainoError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: ErrorOptionsOf = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.retryAfterSeconds = options.retryAfterSeconds
    this.details = options.details ?? {}
  }

  get status() {
    return table[this.code].status
  }
  get exitCode() {
    return table[this.code].exit
  }
  get title() {
    return table[this.code].title
  }
  get canRetry() {
    return table[this.code].retry
  }
}

/** What an unknown thrown value has to say, in one line. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
