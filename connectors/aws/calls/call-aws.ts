import { isObject, type JsonObject } from '../../../model/json.ts'
import { type Call, makeCall } from '../../calls/make-call.ts'
import { failureOf } from './failure.ts'
import { plain } from './plain.ts'

export interface AwsCall extends Omit<Call, 'send' | 'failureOf'> {
  send(signal: AbortSignal): Promise<unknown>
}

/**
 * One call of an AWS client, its answer as JSON.
 * @throws CallFailure, VainoError where there are no credentials, and the signal's reason
 */
export function callAws(call: AwsCall, signal: AbortSignal): Promise<JsonObject> {
  const send = async (stop: AbortSignal): Promise<JsonObject> => {
    const answer = plain(await call.send(stop))
    if (isObject(answer)) return answer
    throw new SyntaxError('the answer is no object')
  }
  return makeCall({ ...call, send, failureOf }, signal)
}
