import { createRedactor } from '../../model/redaction.ts'
import type { Json } from '../../model/resource.ts'
import type { KeySchema } from './keys.ts'
import { isValues } from './layer.ts'

/** Only for values that are shown and then forgotten, so its digests need no salt of their own. */
const redactor = createRedactor(Buffer.alloc(32))

/** Text about a value, without what looks like a secret: the password in an address, say. */
export const maskText = (text: string): string => redactor.redactText(text)

/**
 * A value of the configuration as `vaino config show` prints it. The schema decides: of a key that it marks `x-secret`,
 * only whether a value is given, how many are, or by which names. In all other values, passwords in addresses and members that are named
 * like a secret are masked.
 */
export function shownValue(value: unknown, schema: KeySchema): unknown {
  if (value === undefined || value === null) return null
  if (schema['x-secret']) {
    if (isValues(value)) return Object.fromEntries(Object.keys(value).map((name) => [name, 'hidden']))
    if (!Array.isArray(value)) return 'hidden'
    return value.length === 0 ? [] : `${value.length} hidden`
  }
  return maskValue(value)
}

function maskValue(value: unknown): unknown {
  const configuration = JSON.parse(JSON.stringify({ value })) as { [name: string]: Json }
  redactor.redactResource({ id: 'setting', type: 'setting', provider: 'vaino', configuration })
  return JSON.parse(JSON.stringify(configuration.value).replaceAll(/\(redacted:[0-9a-f]+\)/g, '(redacted)'))
}
