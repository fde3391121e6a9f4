import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Json } from '../../../model/resource.ts'

/** The members of a Secret that hold nothing but secrets. */
const sealed = ['data', 'stringData']

/** Replaces each value of a Secret by its keyed digest, in place: all of them, whatever they look like. */
export function redactSecret(secret: JsonObject, redactor: Redactor): void {
  for (const name of sealed) {
    const values = secret[name] ?? null
    if (isObject(values)) for (const [key, value] of Object.entries(values)) values[key] = redactor.redactValue(value)
    else if (values !== null) secret[name] = redactor.redactValue(values)
  }
}

/** What was last applied to a Secret, redacted as the Secret is; a text that can't be read is replaced as a whole. */
export function lastAppliedSecret(text: string, redactor: Redactor): Json {
  let applied: Json = null
  try {
    applied = parseJson(text)
  } catch {
    // Nothing of it is known, so nothing of it is shown.
  }
  if (!isObject(applied)) return redactor.redactValue(text)
  redactSecret(applied, redactor)
  return JSON.stringify(applied)
}
