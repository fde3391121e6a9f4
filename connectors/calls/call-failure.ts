/** What a failed call was, as far as what to do next differs. */
export type FailureKind =
  /** The system refuses for its rate. */
  | 'throttled'
  /** It is not allowed. */
  | 'denied'
  /** The credentials have expired, or are none that are known there. */
  | 'credentials'
  /** The region, the service or the API is not enabled. */
  | 'not_enabled'
  /** It may work the next time: the system's own fault, a connection that ended, no answer in time. */
  | 'passing'
  /** It won't: the request is not as it must be, or a name that only the row understands. */
  | 'other'

/** A call that has failed, after its retries. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure'
  readonly kind: FailureKind
  /** The system's own name of the error; empty where the answer had none. */
  readonly code: string
  readonly retryAfterMs: number | null
  /** What was called, by the name of its permission: `sqs:ListQueues`. */
  readonly action: string

  constructor(action: string, message: string, kind: FailureKind, code: string, retryAfterMs: number | null) {
    super(message)
    this.action = action
    this.kind = kind
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}
