import type { StateReader } from '../../storage/state-reader.ts'
import { type EngineParts, type IngestCounts, sumOf } from '../assembly/assemble-engine.ts'
import type { Producer } from '../engine.ts'
import type { Intake } from '../intake/intake.ts'
import { endOf, homeOf, isNext, ProducerTurns } from '../intake/producers.ts'
import type { LargeLine } from '../intake/request-permits.ts'
import type { Transport } from '../intake/transport.ts'
import { watchUse } from '../intake/watch-use.ts'

/** Ingest of the embedded transport: a request of a numbered producer is applied once, however often it is sent. */
export function embeddedIngest(
  intake: Intake,
  transport: Transport,
  reader: StateReader,
  partitions: number,
): EngineParts['ingest'] {
  const producers = new ProducerTurns()

  async function read(
    body: AsyncIterable<Uint8Array>,
    largeLine: LargeLine,
    source: string,
    producer: Producer | null,
  ): Promise<IngestCounts> {
    const watched = watchUse(transport)
    const sum = sumOf(await intake.read(watched.transport, body, largeLine, source, producer))
    return { ...sum, ...watched.firstRefusal() }
  }

  async function once(
    body: AsyncIterable<Uint8Array>,
    largeLine: LargeLine,
    source: string,
    producer: Producer,
  ): Promise<IngestCounts> {
    const home = homeOf(producer, partitions)
    if (!isNext(producer, reader.producer(home, producer.id))) {
      return { outcome: 'duplicate', records: 0, changes: 0, deadLetters: 0 }
    }
    const counts = await read(body, largeLine, source, producer)
    await (await transport.mark(home, endOf(producer))).settled
    return counts
  }

  return (body, source, producer, bytes) =>
    intake.during(body, bytes, async (paced, largeLine) => {
      if (producer === undefined) return read(paced, largeLine, source, null)
      return producers.inTurn(producer.id, () => once(paced, largeLine, source, producer))
    })
}
