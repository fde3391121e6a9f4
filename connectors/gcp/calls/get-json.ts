import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { isPage, refusalOf } from './refusal.ts'

/** Of one answer, bytes: Google's own limit for a page is 10 MB and less. */
const maxAnswerBytes = 64 * 2 ** 20

/**
 * Asks for one JSON object.
 * @param action the permission that the call needs
 * @throws CallFailure, and what `fetch` throws
 */
export async function getJson(action: string, url: string, init: RequestInit): Promise<JsonObject> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const body = await textOf(action, response)
  if (!response.ok) throw refusalOf(action, response, body)
  const answer = parsed(action, body)
  if (isObject(answer) && answer.error === undefined) return answer
  throw broken(action, 'the answer is not the object that it must be')
}

/** A failed call that may work the next time. */
export const broken = (action: string, message: string): CallFailure =>
  new CallFailure(action, message, 'passing', '', null)

function parsed(action: string, body: string) {
  try {
    return parseJson(body)
  } catch {
    throw broken(action, isPage(body) ? 'the answer (HTTP 200) is a web page' : 'the answer is no whole JSON')
  }
}

async function textOf(action: string, { body }: Response): Promise<string> {
  if (body === null) return ''
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > maxAnswerBytes)
      throw new CallFailure(action, `the answer is over ${maxAnswerBytes} bytes`, 'other', '', null)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}
