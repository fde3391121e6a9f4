import type { OperatorContext } from '../../operators/batch.ts'

const previewBytes = 800

/** Makes a dead letter of a record at which workers have died, without parsing it. */
export function setAside({ deadLetter }: OperatorContext, record: Uint8Array, source: string): void {
  const preview = Buffer.from(record.subarray(0, previewBytes)).toString('utf8')
  const detail = 'workers ended at it repeatedly'
  deadLetter('crashed_worker', detail, source, preview)
}
