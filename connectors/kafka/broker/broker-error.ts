import { nameOf } from '../broker-errors.ts'

/** An error code in an answer. */
export class BrokerError extends Error {
  readonly code: number

  /**
   * @param about the topic and partition that it is about
   * @param said what the broker says beside the code; empty where it says nothing
   */
  constructor(code: number, about: string, said = '') {
    super(`the broker answers for ${about} with error ${code} (${nameOf(code)})${said && `: ${said}`}`)
    this.code = code
  }
}
