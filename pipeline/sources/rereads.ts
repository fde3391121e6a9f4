import type { RereadObserver } from '../../connectors/source.ts'
import { VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import { messageOfError, ofSink, type ScanTask, SinkFailure } from './scan-target.ts'
import { untilAborted } from './until-aborted.ts'

/** Changes that come within this are read together. */
const gatherMs = 1000
/** From the end of one such reading to the next, at least. */
const restMs = 5000
/** Resources that are read by themselves; for more a scan is due. */
const maxIds = 1000
/** The code of what was found null for the first time. */
const nullOnce = 'null_once'

/** When some resources of a target are read between two scans. It is given the time. Memory: a thousand ids. */
export class Rereads {
  #ids = new Set<string>()
  #dueAt = Number.POSITIVE_INFINITY
  #notBefore = Number.NEGATIVE_INFINITY

  /** @param failures scans in a row that failed: after one the next scan reads them, so that back-off stays what it is */
  dueAt(failures: number): number {
    return failures === 0 ? this.#dueAt : Number.POSITIVE_INFINITY
  }

  /** @returns false where these are too many together, and where the source reads all or nothing */
  ask(ids: Iterable<string>, { source, clock }: Pick<ScanTask, 'source' | 'clock'>): boolean {
    if (source.reread === undefined) return false
    const now = clock.now()
    for (const id of ids) this.#ids.add(id)
    if (this.#ids.size > maxIds) return false
    if (this.#ids.size > 0) this.#dueAt = Math.min(this.#dueAt, Math.max(now + gatherMs, this.#notBefore))
    return true
  }

  /** What is to be read now, or is read by a scan that begins now. */
  take(): ReadonlySet<string> {
    const ids = this.#ids
    this.#ids = new Set()
    this.#dueAt = Number.POSITIVE_INFINITY
    return ids
  }

  /** Reads what was asked for. Never rejects: it is the next scan's to say what can't be read. */
  async run(
    task: ScanTask,
    permits: () => Promise<Disposable>,
    onFailure: (part: 'sink' | 'reread', error: unknown) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const ids = this.take()
    try {
      if (task.sink.wants?.(task.target.scope) === false) return
      using _permits = await permits()
      const missed = await rereadTarget(task, ids, signal)
      if (missed.length > 0) onFailure('reread', notReread(missed))
    } catch (error) {
      if (!signal.aborted) onFailure(error instanceof SinkFailure ? 'sink' : 'reread', error)
    } finally {
      this.#notBefore = task.clock.now() + restMs
    }
  }
}

/**
 * Reads some resources of a target between two scans. What is found null is read a second time at once, in a round of its own. No scan is begun
 * or ended: what could not be read is left to the next one.
 * @returns what could not be read
 * @throws SinkFailure; the connector's failure; the signal's reason
 */
async function rereadTarget(
  { source, target, sink, attributionOf }: ScanTask,
  ids: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const writer = sink.events(target.scope)
  const errors: ScanError[] = []
  const handOn = async (step: () => Promise<void>): Promise<void> => {
    signal.throwIfAborted()
    await ofSink(step)
  }
  const out: RereadObserver = {
    // What the source itself doesn't call gone, the next scan says.
    absent: () => {},
    other: () => {},
    observe: (resource, by) => handOn(() => writer.observe(resource, by ?? attributionOf(target.scope, resource.id))),
    gone: (id, by) => handOn(() => writer.gone(id, by ?? attributionOf(target.scope, id))),
    missed: (error) => void errors.push(error),
  }
  const read = async (some: ReadonlySet<string>): Promise<void> => {
    await untilAborted(async () => source.reread?.(target, some, out, signal), signal)
    signal.throwIfAborted()
  }
  await read(ids)
  const nulled = new Set(errors.flatMap((error) => idsOf(error, nullOnce)))
  if (nulled.size > 0) {
    errors.splice(0, errors.length, ...errors.filter((error) => idsOf(error, nullOnce).length === 0))
    await read(nulled)
  }
  await ofSink(() => writer.settled())
  return errors.map(messageOfError)
}

function idsOf(error: ScanError, code: string): string[] {
  if (typeof error === 'string' || error.code !== code || !Array.isArray(error.ids)) return []
  return error.ids.filter((id) => typeof id === 'string')
}

/** A failure of a reading between two scans, as one error. */
const notReread = (messages: readonly string[]): VainoError =>
  new VainoError('source_failed', `what has changed could not be read again: ${messages.join('; ').slice(0, 500)}`)
