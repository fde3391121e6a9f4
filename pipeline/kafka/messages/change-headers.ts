import { keyOfRow, type LogRow } from '../../../storage/change-row.ts'
import { iso } from './message-body.ts'

/** As wide as an offset can get, so that texts sort as numbers do. */
const sequenceDigits = 16

/** The headers of an entry of the log: CloudEvents 1.0 in binary mode. @param happened past tense: `updated` @param time RFC 3339 */
export const headersOf = (
  row: LogRow,
  happened: string,
  time: string,
  contentType: string,
  prefix: string,
): Record<string, string> => ({
  ce_specversion: '1.0',
  ce_id: `${row.partition}-${row.offset}`,
  ce_source: `/vaino/${prefix}`,
  ce_type: `io.vaino.resource.${happened}`,
  ce_subject: keyOfRow(row),
  ce_time: time,
  ce_recordedtime: iso(row.recordedAtMs),
  ce_sequence: String(row.offset).padStart(sequenceDigits, '0'),
  ce_partitionkey: row.scope,
  'content-type': contentType,
})
