import type { Attributed } from '../model/attribution.ts'
import { type InputRecord, type OperatorRecord, timeOf } from '../model/record.ts'
import type { Redactor } from '../model/redaction.ts'
import type { Json } from '../model/resource.ts'
import type { Control, OperatorContext } from './batch.ts'
import { envelopeOf } from './read-record.ts'
import { scanAttributes, scanNotes } from './scan-notes.ts'

/** What a record that observes nothing says is to be done, its notes redacted. @param preview for a dead letter, should it come to that */
export function controlOf(
  record: Exclude<InputRecord, { kind: 'observed' }> | OperatorRecord,
  { nowMs, redactor }: OperatorContext,
  line: number,
  preview: () => string,
): Control {
  if (record.kind === 'scope.forget') return { kind: 'forget' }
  if (record.kind === 'hold.release') return { kind: 'release', apply: record.apply }
  if (record.kind === 'attributed')
    return { kind: 'attributed', id: record.id, attributed: attributedOf(record, redactor) }
  const envelope = envelopeOf(record, nowMs(), redactor)
  const { observedAtMs } = envelope
  const saidAtMs = record.observed_at === undefined ? null : observedAtMs
  switch (record.kind) {
    case 'scan.begin':
      return { kind: 'begin', scan: record.scan, observedAtMs, saidAtMs }
    case 'gone':
      return { kind: 'gone', id: record.id, envelope: { ...envelope, scan: null } }
    case 'scan.end': {
      const { attributes, warnings } = scanAttributes(record.attributes, redactor)
      return {
        kind: 'end',
        scan: record.scan,
        complete: record.complete,
        count: record.count ?? null,
        unchanged: record.unchanged === true,
        errors: scanNotes(record.errors, redactor),
        warnings: [...scanNotes(record.warnings, redactor), ...warnings],
        attributes,
        observedAtMs,
        saidAtMs,
        line,
        preview: preview(),
      }
    }
  }
}

function attributedOf(record: InputRecord & { kind: 'attributed' }, redactor: Redactor): Attributed {
  const { id, name = null, source = null } = record.event
  return {
    occurredAtMs: timeOf(record.occurred_at),
    actor: redactor.redactJson(record.actor as Json),
    event: redactor.redactJson({ id, name, source }),
  }
}
