import type { Ledger } from './ledger.ts'

/** What waits for a sink of alerts. */
export interface AlertQueue {
  readonly sink: string
  readonly waiting: number
}

export function collectQueues(ledger: Ledger, queues: readonly AlertQueue[]): void {
  ledger.replace(
    'vaino_alert_queue_messages',
    queues.map(({ sink, waiting }) => [{ sink }, waiting] as const),
  )
}

/** The counters of each sink from zero on: an increase that is a counter's first is hidden from `rate()`. */
export function showSinks(ledger: Ledger, read: () => readonly AlertQueue[]): typeof read {
  for (const { sink } of read())
    for (const outcome of ['delivered', 'failed', 'given_up'])
      ledger.add('vaino_alert_messages_total', { sink, outcome }, 0)
  return read
}
