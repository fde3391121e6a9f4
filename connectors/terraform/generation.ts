import type { ScanError } from '../../model/record.ts'
import type { Json } from '../../model/resource.ts'

/** What a state says of itself. */
export interface Generation {
  readonly lineage: string | null
  readonly serial: Json
  readonly version: number
  readonly terraformVersion: string | null
}

type Attributes = Readonly<Record<string, unknown>>

/** How long a new lineage stays a warning: nothing in the state itself ever takes it back, and a poll later is too soon. */
const lineageWarningMs = 24 * 60 * 60 * 1000

const numberOf = (serial: unknown): number | null => {
  const value = typeof serial === 'object' && serial !== null && 'rawJSON' in serial ? Number(serial.rawJSON) : serial
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/**
 * Compares a state with what its scope was last known as. Another lineage means that another state stands in its place; a
 * serial that went back means an older copy of it. Both are worth a look, and the scan stands. The warning about a serial
 * lasts until the serial passes what it had been; `highest_serial` and `lineage_since` carry that over a restart.
 *
 * A state without a lineage, and a scope whose scans have failed so far, say nothing of one: no lineage has then been
 * replaced. `known_lineage` remembers the last one over states without any.
 *
 * @param known the scope's attributes from the last complete scan, if there was one
 * @param now for how long a new lineage has been one
 */
export function succeed(
  known: Attributes | undefined,
  generation: Generation,
  now: Date,
): { attributes: Attributes; warnings: ScanError[] } {
  const { lineage, serial } = generation
  const attributes: Record<string, unknown> = {
    lineage,
    serial,
    format: generation.version,
    terraform_version: generation.terraformVersion,
    highest_serial: serial,
  }
  if (known === undefined) return { attributes, warnings: [] }
  const warnings: ScanError[] = []
  const before = known.lineage ?? known.known_lineage ?? null
  if (lineage === null && before !== null) attributes.known_lineage = before
  if (lineage === null || before === null || before === lineage) {
    carryLineage(known, attributes)
    const highest = numberOf(known.highest_serial)
    const current = numberOf(serial)
    if (highest !== null && current !== null && current < highest) {
      attributes.highest_serial = known.highest_serial
      warnings.push({
        message: `serial ${current} is older than serial ${highest}, which was here before`,
        hint: 'Somebody may have put back an older copy of the state.',
      })
    }
  } else {
    attributes.previous_lineage = before
    attributes.lineage_since = now.toISOString()
  }
  const since = attributes.lineage_since
  if (
    typeof since === 'string' &&
    attributes.previous_lineage !== null &&
    now.getTime() - Date.parse(since) < lineageWarningMs
  ) {
    warnings.push({
      message: `lineage ${lineage ?? attributes.known_lineage} has replaced lineage ${attributes.previous_lineage} at ${since}`,
      hint: 'Another state was put in the place of the one before; what only that one had is deleted here.',
    })
  }
  return { attributes, warnings }
}

function carryLineage(known: Attributes, attributes: Record<string, unknown>): void {
  if (typeof known.lineage_since !== 'string') return
  attributes.previous_lineage = known.previous_lineage ?? null
  attributes.lineage_since = known.lineage_since
}
