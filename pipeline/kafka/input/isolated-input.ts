import type { DecodedRecords } from '../../../connectors/kafka/kafka.ts'
import type { IsolationPlan } from '../../threads/poison-tracker.ts'
import type { RecordPosition } from '../../threads/progress.ts'
import { type InputPiece, inputPiece } from './input-piece.ts'

export interface IsolatedInput {
  /** Called before anything is done with a record, so that its position is known if the worker dies. */
  at(record: RecordPosition): void
  /** One line of a message. */
  take(line: Uint8Array, offset: number, isOperators: boolean): void
  refuse(refused: InputPiece['refused']): void
  /** A record at which workers have died. */
  setAside(bytes: Uint8Array, offset: number): void
}

const newline = 10
const nothing = new Uint8Array()

/** Applies input at which workers have died record by record, without the records that are set aside. */
export function applyIsolated(
  { records, unreadable }: DecodedRecords,
  { setAside }: IsolationPlan,
  taker: IsolatedInput,
): void {
  const isSetAside = (offset: number, line: number | null) =>
    setAside.some((record) => record.offset === offset && record.line === line)
  taker.refuse(inputPiece({ records: [], unreadable }).refused)
  for (const record of records) {
    const { offset, value } = record
    // Decoding the message may be what kills workers, before there is a line.
    taker.at({ offset, line: null })
    if (isSetAside(offset, null)) {
      taker.setAside(value ?? nothing, offset)
      continue
    }
    const { bytes, operators, refused } = inputPiece({ records: [record], unreadable: [] })
    taker.refuse(refused)
    for (let start = 0, line = 1; start < bytes.length; line++) {
      const end = bytes.indexOf(newline, start)
      const text = bytes.subarray(start, end)
      taker.at({ offset, line })
      if (isSetAside(offset, line)) taker.setAside(text, offset)
      else taker.take(text, offset, operators.has(offset))
      start = end + 1
    }
  }
}
