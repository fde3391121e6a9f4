import { type KafkaSettings, openGroupPositions, openLogReader } from '../../../connectors/kafka/kafka.ts'
import { type DeadLetterPage, deadLetterPages } from './dead-letter-pages.ts'

/** The dead letters of all nodes, read where they are: in their topic, when they are asked for. */
export interface DeadLetterLog extends AsyncDisposable {
  /**
   * Newest first.
   * @throws VainoError `bad_request` for a wrong token, `broker_unreachable`, `broker_refused`, `busy`
   */
  readonly page: DeadLetterPage
}

/** Letters are small, and what lies behind the window that is looked at isn't needed. */
const readerOptions = {
  // Nothing to wait for: all that is read is there already.
  maxWaitMs: 5,
  maxFetchBytes: 1024 * 1024,
  maxPartitionBytes: 128 * 1024,
  maxBufferedBytes: 128 * 1024,
  pieceBytes: 256 * 1024,
}
const withinMs = 10_000

/** Connects when it is first asked. @param where the group is one that this node may see; nothing but ends is asked through it */
export function openDeadLetterLog(
  settings: KafkaSettings,
  where: { readonly topic: string; readonly partitions: number; readonly group: string },
  redactText: (text: string) => string,
): DeadLetterLog {
  const log = openLogReader(settings, readerOptions)
  const positions = openGroupPositions(settings, where)
  const closing = new AbortController()
  const { topic, partitions } = where
  const ends = () => positions.ends()
  return {
    page: deadLetterPages({ topic, partitions, log, ends, redactText, withinMs, closing: closing.signal }),
    async [Symbol.asyncDispose]() {
      closing.abort()
      await Promise.all([log[Symbol.asyncDispose](), positions[Symbol.asyncDispose]()])
    },
  }
}
