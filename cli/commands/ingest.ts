import { createReadStream, existsSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { z } from 'zod'
import { messageOf, VainoError } from '../../model/errors.ts'
import { nearestFile } from '../../pipeline/config/nearest-file.ts'
import { formatSize } from '../../pipeline/config/units.ts'
import { addExamples } from '../help-examples.ts'
import { type Server, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { goOnWithoutReader } from '../terminal/lost-reader.ts'
import { writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { createProgress } from '../terminal/progress.ts'
import { counted } from '../terminal/words.ts'
import { batchesOf, type LineBatch } from './ndjson-batches.ts'

/** Large enough that a commit for each costs little, small enough that one held for a retry costs little. */
const batchBytes = 4 * 1024 * 1024
/** With waits that double from a quarter of a second, a server may be away for about a minute. */
const maxAttempts = 9
const longestWaitMs = 15_000

export interface IngestTotals {
  records: number
  /** Null where the server doesn't know: with Kafka, records of many senders are processed together. */
  changes: number | null
  dead_letters: number | null
  cursor: string | null
}

/** Null as soon as one of two is not known. */
const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)

export function ingestCommand(): Command {
  const command = new Command('ingest')
    .description('Send input records, one JSON object a line, to a running vaino.')
    .addHelpText('after', '\nExit codes: 0 every record was taken, 2 error, or records that became dead letters.')
    .argument('<file>', 'NDJSON, or - for stdin')
    .action(async (file: string, flags: SharedFlags) => {
      goOnWithoutReader()
      const signal = interruption()
      const server = await serverOf(flags)
      const size = sizeOf(file)
      let why = ''
      const note = (record: number, reason: string): void => {
        if (why === '') why = `; record ${record} is ${reason}`
      }
      const totals = await ingestRecords(server, open(file), size, signal, note)
      if (totals.records > 0 && totals.dead_letters === totals.records) {
        throw new VainoError(
          'bad_input',
          `Nothing of it could be used: ${counted(totals.records, 'dead letter')}${why}`,
          {
            hint: `${server.url}/v1/deadletters says why. A record is a JSON object a line, such as {"kind":"observed","scope":…,"resource":…}.`,
          },
        )
      }
      const page = pageOf(flags)
      if (totals.dead_letters !== null && totals.dead_letters > 0)
        page.note(`${counted(totals.dead_letters, 'record')} could not be used; ${server.url}/v1/deadletters says why`)
      const known = totals.changes !== null && totals.dead_letters !== null
      const what = known
        ? `, ${counted(totals.changes ?? 0, 'change')}, ${counted(totals.dead_letters ?? 0, 'dead letter')}`
        : ''
      await writeOne(totals, () => `${counted(totals.records, 'record')}${what}\n`, page)
      if ((totals.dead_letters ?? 0) > 0) process.exitCode = 2
    })
  addExamples(command, [
    ['ingest records.ndjson', 'a file'],
    ['ingest - < records.ndjson', 'what another program prints'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}

/**
 * Sends NDJSON input records; each is applied once, whatever is repeated.
 * @param size bytes in all, where it is known
 * @param onRefusal what the first record is of a batch of which none can be used
 */
export async function ingestRecords(
  server: Server,
  chunks: AsyncIterable<Uint8Array>,
  size: number | null,
  signal: AbortSignal,
  onRefusal: (record: number, reason: string) => void = () => {},
): Promise<IngestTotals> {
  // A batch that is sent again carries the number that it had, so what was committed before the answer was lost is not applied twice.
  const producer = `vaino-ingest-${crypto.randomUUID()}`
  const totals: IngestTotals = { records: 0, changes: 0, dead_letters: 0, cursor: null }
  using progress = createProgress(process.stderr)
  const startedAt = performance.now()
  let sent = 0
  let seq = 0
  let takesNumbers = true
  for await (const batch of batchesOf(chunks, batchBytes)) {
    const numbered = { 'producer-id': producer, 'producer-epoch': '0', 'producer-seq': String(seq) }
    const answer = await sendUntilTaken(server, batch, takesNumbers ? numbered : {}, seq++ === 0, signal).catch(
      (error: unknown) => {
        if (!refusesNumbers(error)) throw error
        // A node of many behind Kafka: what is sent twice is there twice, which changes nothing but a scan's bookkeeping.
        takesNumbers = false
        return sendUntilTaken(server, batch, {}, false, signal)
      },
    )
    const refusal = answer?.refusal ?? null
    if (refusal !== null) onRefusal(totals.records + refusal.line, refusal.reason)
    totals.records += answer?.records ?? batch.lines
    totals.changes = plus(totals.changes, answer === null ? 0 : answer.changes)
    totals.dead_letters = plus(totals.dead_letters, answer === null ? 0 : answer.dead_letters)
    totals.cursor = answer?.cursor ?? totals.cursor
    sent += batch.bytes.length
    const rate = sent / ((performance.now() - startedAt) / 1000)
    const share = size === null || size === 0 ? '' : `${Math.min(100, Math.round((100 * sent) / size))} %  `
    progress.show(
      `${share}${totals.records} records  ${totals.changes === null ? '' : `${totals.changes} changes  `}${formatSize(rate)}/s`,
    )
  }
  return totals
}

const refusesNumbers = (error: unknown): boolean =>
  error instanceof VainoError && error.details.producer_headers === false

/** The first line of a batch that can't be used, and why. */
interface Refused {
  readonly line: number
  readonly reason: string
}

/** What came of a batch. */
interface Taken extends IngestTotals {
  /** Only where no line can be used, and null where the server doesn't say why. */
  readonly refusal?: Refused | null
}

/** @returns `null` where the server had committed it already: a repetition whose first answer was lost */
async function sendUntilTaken(
  server: Server,
  batch: LineBatch,
  numbers: Readonly<Record<string, string>>,
  isFirst: boolean,
  signal: AbortSignal,
): Promise<Taken | null> {
  const headers = { 'content-type': 'application/x-ndjson', ...numbers }
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await server.request('/v1/ingest', { method: 'POST', headers, body: batch.bytes, signal })
      return response.status === 204 ? null : totalsIn(await response.text(), server)
    } catch (error) {
      // They are in Kafka, and this node has only not seen yet what came of them.
      if (error instanceof VainoError && error.details.records_safe === true) {
        return { records: batch.lines, changes: null, dead_letters: null, cursor: null }
      }
      // Nothing of the batch could be used. It is committed as dead letters, and what follows may be usable.
      const refused = unusableBatch(error)
      if (refused !== null) return refused
      const again = !signal.aborted && attempt < maxAttempts && (!(error instanceof VainoError) || error.canRetry)
      // No server answered the first request: that is reported at once, without retries.
      const neverAnswered = isFirst && attempt === 1 && isConnectionRefused(error)
      if (!again || neverAnswered) throw error
      const wait = Math.min(longestWaitMs, 250 * 2 ** (attempt - 1))
      const asked = error instanceof VainoError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
      await sleep(Math.max(wait * (0.5 + Math.random() / 2), asked), undefined, { signal })
    }
  }
}

/** The counts of a batch that the server has committed as dead letters alone; null for any other failure. */
function unusableBatch(error: unknown): Taken | null {
  if (!(error instanceof VainoError)) return null
  const { records, changes, dead_letters, cursor, first_refusal } = error.details
  if (typeof records !== 'number' || typeof dead_letters !== 'number' || typeof cursor !== 'string') return null
  const counted = { records, changes: typeof changes === 'number' ? changes : 0, dead_letters, cursor }
  return { ...counted, refusal: refusalIn(first_refusal) }
}

const refusalSchema = z.object({ line: z.number(), reason: z.string(), detail: z.string() })

function refusalIn(first: unknown): Refused | null {
  const read = refusalSchema.safeParse(first)
  if (!read.success) return null
  const { line, reason, detail } = read.data
  return { line, reason: detail === '' ? reason : `${reason} (${detail})` }
}

/** @throws VainoError `not_ready`, so that it is sent again, when the answer was cut off or isn't vaino's */
function totalsIn(text: string, server: Server): IngestTotals & { cursor: string } {
  const totals = /^\{.*\}\s*$/s.test(text) ? (JSON.parse(text) as IngestTotals & { cursor: string }) : null
  if (typeof totals?.records === 'number' && typeof totals.cursor === 'string') return totals
  throw new VainoError(
    'not_ready',
    `${server.url} confirmed nothing: its answer is ${JSON.stringify(text.slice(0, 80))}`,
    {
      hint: 'Check that --server names a running vaino.',
    },
  )
}

const isConnectionRefused = (error: unknown): boolean =>
  error instanceof VainoError && error.code === 'not_ready' && error.cause !== undefined

function open(file: string): AsyncIterable<Uint8Array> {
  return file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 })
}

function sizeOf(file: string): number | null {
  if (file === '-') return null
  try {
    const found = statSync(file)
    if (found.isDirectory()) throw new Error('that is a folder')
    return found.isFile() ? found.size : null
  } catch (error) {
    const meant = existsSync(file) ? null : nearestFile(file)
    throw new VainoError('bad_input', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
      hint: `Expected a file of JSON objects, one a line, or - for stdin.${meant === null ? '' : ` Did you mean ${meant}?`}`,
    })
  }
}
