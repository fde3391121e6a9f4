import { nameOf } from './error-codes.ts'

/** An error code in a broker's answer. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  readonly code: number

  /**
   * @param about what was asked: a topic and partition, or a request's name
   * @param reason the broker's own words beside the code; empty if it sent none
   */
  constructor(code: number, about: string, reason = '', cause?: unknown) {
    super(`the broker answers for ${about} with error ${code} (${nameOf(code)})${reason && `: ${reason}`}`, { cause })
    this.code = code
  }
}

/** No connection, or no answer before the deadline. Whether the request was executed is unknown. A retry may succeed. */
export class BrokerUnreachable extends Error {
  override readonly name = 'BrokerUnreachable'
}

/** The broker refused the user name, the password or the mechanism. A retry is refused too. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused'
}
