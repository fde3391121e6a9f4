import { messageOf } from '../../../model/errors.ts'
import { CallFailure } from '../../calls/call-failure.ts'

/** What `fetch` throws: a connection that could not be made or ended, no answer in time. All of it may work the next time. */
export const failureOf = (action: string, error: unknown): CallFailure =>
  new CallFailure(action, messageOf(error), 'passing', '', null)
