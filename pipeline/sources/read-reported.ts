import type { Attribution, RereadObserver } from '../../connectors/source.ts'
import { VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import type { EventWriter } from '../intake/event-parcels.ts'
import { messageOfError, ofSink, type ScanTask } from './scan-target.ts'
import { untilAborted } from './until-aborted.ts'

/** What one event says of one resource. */
export interface Told {
  readonly by: Attribution | undefined
  readonly isDelete: boolean
  /** It ends what an event before it began. */
  readonly isEnd: boolean
  /** Unix milliseconds. */
  readonly occurredAt: number
  /** All that came of it is committed. */
  readonly settle: () => void
}

/**
 * `recorded`: what it shows is new and committed; `same`: it is as it was known; `absent`: the system doesn't find it; `known_gone`: nor did it before.
 * `other`: it is a thing of another scope's. None of these: it could not be read.
 */
export type Found = 'recorded' | 'same' | 'absent' | 'known_gone' | 'other'

interface Reading {
  readonly told: readonly Told[]
  writer: EventWriter | null
  isAbsent: boolean
  isOther: boolean
}

/**
 * Reads each of some resources alone, after what events said of them. All that comes of it is committed when it returns.
 * @throws SinkFailure; the connector's failure; the signal's reason
 */
export async function readReported(
  { source, target, sink }: ScanTask,
  reported: ReadonlyMap<string, readonly Told[]>,
  onFailure: (part: 'reread', error: unknown) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const readings = new Map<string, Reading>(
    [...reported].map(([id, told]) => [id, { told, writer: null, isAbsent: false, isOther: false }]),
  )
  const errors: ScanError[] = []
  const handOn = async (id: string, write: (writer: EventWriter, reading: Reading) => Promise<void>) => {
    signal.throwIfAborted()
    const reading = readings.get(id)
    if (reading === undefined) throw new Error(`${target.scope} was asked for others than ${id}`)
    const writer = sink.events(target.scope)
    await ofSink(() => write(writer, reading))
    reading.writer = writer
  }
  const out: RereadObserver = {
    observe: (resource, by) => handOn(resource.id, (writer, { told }) => writer.observe(resource, by ?? makerOf(told))),
    gone: (id, by) => handOn(id, (writer, { told }) => writer.gone(id, by ?? newestBy(told))),
    absent: (id) => {
      const reading = readings.get(id)
      if (reading !== undefined) reading.isAbsent = true
    },
    other: (id) => {
      const reading = readings.get(id)
      if (reading !== undefined) reading.isOther = true
    },
    missed: (error) => void errors.push(error),
  }
  await untilAborted(async () => source.reread?.(target, new Set(reported.keys()), out, signal), signal)
  signal.throwIfAborted()
  for (const [id, { isAbsent, told }] of readings) if (isAbsent && saysDeleted(told)) await out.gone(id)
  if (errors.length > 0) {
    const said = errors.map(messageOfError).join('; ').slice(0, 500)
    onFailure('reread', new VainoError('source_failed', `what an event named could not be read alone: ${said}`))
  }
  const found = new Map<string, Found>()
  for (const [id, reading] of readings) {
    const what = await foundBy(reading)
    if (what !== null) found.set(id, what)
  }
  return found
}

/** What is there though the newest event says that it was deleted is shown late, or was made anew: the event of that is awaited. */
async function foundBy({ writer, isAbsent, isOther, told }: Reading): Promise<Found | null> {
  if (isOther) return 'other'
  if (writer === null) return isAbsent ? 'absent' : null
  const changes = await ofSink(() => writer.settled())
  if (isAbsent) return changes > 0 ? 'recorded' : 'known_gone'
  return changes > 0 && !saysDeleted(told) ? 'recorded' : 'same'
}

/** Events by their time. */
export const saysDeleted = (told: readonly Told[]): boolean => told.at(-1)?.isDelete === true

const newestBy = (told: readonly Told[]): Attribution | undefined => told.findLast(({ by }) => by !== undefined)?.by

/** Who made what is seen now; nobody known where it was deleted last. @param told by the time of the events */
export const makerOf = (told: readonly Told[]): Attribution | undefined =>
  saysDeleted(told) ? undefined : newestBy(told)

/**
 * Who made changes that were recorded without saying it. A change that was recorded now says who made it, by the newest event. Nobody is named for what
 * is there again after it was deleted: its maker's event didn't come.
 */
export function attributionsOf(told: readonly Told[], found: Found): readonly Attribution[] {
  if (found === 'other') return []
  const isThereAgain = found === 'same' && saysDeleted(told)
  const meant = told
    .filter(({ isDelete }) => !(isThereAgain && isDelete))
    .flatMap(({ by }) => (by?.actor == null ? [] : [by]))
  return found === 'recorded' ? meant.slice(0, -1) : meant
}
