import { messageOf, VainoError } from '../../model/errors.ts'

const maxTextLength = 2_000

type Redact = (text: string) => string

/** An error as a log shows it: a known one with its code and what to do, a defect with its stack. */
function describeError(thrown: unknown, clean: Redact) {
  const message = clean(messageOf(thrown))
  if (thrown instanceof VainoError)
    return { message, code: thrown.code, ...(thrown.hint === undefined ? {} : { hint: clean(thrown.hint) }) }
  return thrown instanceof Error && thrown.stack ? { message, stack: clean(thrown.stack) } : { message }
}

/** The fields of a log line: texts redacted and cut, numbers to a thousandth. */
export function lineFields(given: Readonly<Record<string, unknown>>, redact: Redact): Record<string, unknown> {
  const clean: Redact = (text) => redact(text).slice(0, maxTextLength)
  const shown = (value: unknown) => {
    if (typeof value === 'number') return Math.round(value * 1000) / 1000
    return typeof value === 'string' ? clean(value) : describeError(value, clean)
  }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name, shown(value)]))
}

/** Puts the fields in a message's braces. */
export const fillMessage = (message: string, fields: Readonly<Record<string, unknown>>): string =>
  message.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = fields[name]
    if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message)
    return typeof value === 'number' ? String(Math.round(value * 10) / 10) : String(value)
  })
