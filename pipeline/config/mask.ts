import { createRedactor } from '../../model/redaction.ts'
import type { Json } from '../../model/resource.ts'

/** Only for what is shown and then forgotten, so its digests need mean nothing. */
const redactor = createRedactor(Buffer.alloc(32))

/** Text about a value, without what looks like a secret: the password in an address, say. */
export const maskText = (text: string): string => redactor.redactText(text)

/** A value as it may be shown: passwords in addresses and what is named like a secret are masked. */
export function maskValue(value: unknown): unknown {
  const configuration = JSON.parse(JSON.stringify({ value: value ?? null })) as { [name: string]: Json }
  redactor.redactResource({ id: 'setting', type: 'setting', provider: 'vaino', configuration })
  return JSON.parse(JSON.stringify(configuration.value).replaceAll(/\(redacted:[0-9a-f]+\)/g, '(redacted)'))
}
