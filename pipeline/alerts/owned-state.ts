import type { JournalEntry } from '../../storage/alerts/alert-journal.ts'

/** What alerts know and have under way, while this node of many has it. */
export interface OwnedAlerts {
  /** What the former owner left: entries of rows, of each row the newest last. */
  readonly entries: AsyncIterable<readonly JournalEntry[]>
  /** Resolves when a next owner would find the entries. @throws VainoError `fenced` when another node has taken over */
  publish(entries: readonly JournalEntry[]): Promise<void>
}
