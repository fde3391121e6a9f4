import type { ScanError } from '../model/record.ts'
import type { Redactor } from '../model/redaction.ts'

/** What a scope keeps of a scan's errors, and of its warnings: every answer that lists scopes holds them. */
const maxNotes = 100
const maxNoteLength = 2_000

/** A scan's errors or warnings as they are kept: secrets redacted, so many, each so long, and a word on what is left out. */
export function scanNotes(notes: readonly ScanError[] | undefined, redactor: Redactor): readonly ScanError[] {
  if (notes === undefined || notes.length === 0) return []
  const kept = notes.slice(0, maxNotes).map((note) => shortened(redactor.redactJson(note)))
  const left = notes.length - kept.length
  return left === 0 ? kept : [...kept, { message: `and ${left} more` }]
}

function shortened(note: ScanError): ScanError {
  if (typeof note === 'string') return cut(note)
  return JSON.stringify(note).length <= maxNoteLength ? note : { message: cut(note.message) }
}

const cut = (text: string): string => (text.length <= maxNoteLength ? text : `${text.slice(0, maxNoteLength)} …`)
