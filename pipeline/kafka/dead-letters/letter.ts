import type { LogRecord } from '../../../connectors/kafka/kafka.ts'
import type { DeadLetter } from '../../../model/status.ts'

/** A record of the topic of dead letters. */
export interface Letter {
  readonly offset: number
  readonly atMs: number
  readonly entry: DeadLetter
}

const previewLength = 200
const reasonLength = 2_000
const sourceLength = 1_000
/** More is read than is shown, because redaction may replace long text by a short placeholder. */
const readBytes = 4 * reasonLength
const decoder = new TextDecoder()
const lastMs = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Reads the records of the topic, ours and others': every record has an entry in the list, so that no record
 * hides another, and the reading has a bound.
 * @param redactText for what other programs write; what we wrote is redacted already, and stays as it is
 */
export function letterReader(
  topic: string,
  partition: number,
  redactText: (text: string) => string,
): (record: LogRecord) => Letter {
  const clean = (text: string, length: number): string => redactText(text).slice(0, length)
  return ({ offset, timestampMs, value, headers }) => {
    const header = (name: string): string => textOf(headers.findLast(([found]) => found === name)?.[1] ?? null)
    const reason = header('vaino_reason')
    const detail = header('vaino_detail')
    const atMs = whenOf(Date.parse(header('vaino_at')), timestampMs)
    const said = detail === '' ? reason : `${reason}: ${detail}`
    const entry = {
      at: new Date(atMs).toISOString(),
      reason: reason === '' ? `foreign: another program's message in ${topic}` : clean(said, reasonLength),
      source: clean(header('vaino_source'), sourceLength) || `${topic} partition ${partition} offset ${offset}`,
      preview: clean(textOf(value), previewLength),
    }
    return { offset, atMs, entry }
  }
}

const textOf = (bytes: Uint8Array | null): string =>
  bytes === null ? '' : decoder.decode(bytes.subarray(0, readBytes))

/** A record may carry any number as its time. */
const whenOf = (saidMs: number, timestampMs: number): number =>
  Math.min(Math.max(0, Number.isNaN(saidMs) ? timestampMs : saidMs), lastMs)
