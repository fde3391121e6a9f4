import type { ScanError } from '../model/record.ts'
import type { Redactor } from '../model/redaction.ts'

/** What a scope keeps of a scan's errors, and of its warnings: every answer that lists scopes holds them. */
const maxNotes = 100
const maxNoteLength = 2_000
const maxAttributesLength = 16_000

/** A scan's errors or warnings as they are kept: secrets redacted, their number and lengths bounded, with a note of how many are left out. */
export function scanNotes(notes: readonly ScanError[] | undefined, redactor: Redactor): readonly ScanError[] {
  if (notes === undefined || notes.length === 0) return []
  const kept = notes.slice(0, maxNotes).map((note) => shortened(redactor.redactJson(note)))
  const left = notes.length - kept.length
  return left === 0 ? kept : [...kept, { message: `and ${left} more` }]
}

/** What a source says of itself, secrets redacted; null, and a warning, where it says too much to be kept with its scope. */
export function scanAttributes(
  attributes: Readonly<Record<string, unknown>> | undefined,
  redactor: Redactor,
): { attributes: Readonly<Record<string, unknown>> | null; warnings: readonly ScanError[] } {
  if (attributes === undefined) return { attributes: null, warnings: [] }
  const { length } = JSON.stringify(attributes)
  if (length <= maxAttributesLength) return { attributes: redactor.redactJson(attributes), warnings: [] }
  const message = `The attributes of the scan are left out: ${length} characters, the limit is ${maxAttributesLength}.`
  return { attributes: null, warnings: [{ message }] }
}

function shortened(note: ScanError): ScanError {
  if (typeof note === 'string') return cut(note)
  return JSON.stringify(note).length <= maxNoteLength ? note : { message: cut(note.message) }
}

const cut = (text: string): string => (text.length <= maxNoteLength ? text : `${text.slice(0, maxNoteLength)} …`)
