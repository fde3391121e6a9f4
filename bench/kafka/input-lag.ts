import type { KafkaSettings } from '../../connectors/kafka/kafka.ts'
import { openGroupPositions } from '../../connectors/kafka/kafka.ts'
import { observationsInMessage } from './steady-stream.ts'
import { partitions } from './topics.ts'

/** How far a deployment is behind its input, and when it goes on. */
export interface InputLag extends AsyncDisposable {
  /** The most observations that were seen to wait since the last call. */
  takePeak(): number
  /** Resolves when something has been processed in every partition that was sent after this call. */
  whenAllGoOn(): Promise<void>
  /** Resolves when nothing waits that was sent before this call. */
  whenProcessed(): Promise<void>
  /** Resolves when hardly anything waits: a stream that goes on always has something under way. */
  whenLive(): Promise<void>
}

const pollMs = 20
/** Seldom enough not to count for much beside the work. */
const watchMs = 100
/** Of all partitions together, where a stream goes on. */
const messagesUnderWay = 10
/** A broker that is away for longer than this won't come back. */
const withinMs = 120_000

interface Positions {
  /** What comes next, by partition. */
  readonly committed: readonly number[]
  readonly ends: readonly number[]
}

const waiting = ({ committed, ends }: Positions): number =>
  ends.reduce((sum, end, partition) => sum + Math.max(0, end - (committed[partition] ?? 0)), 0)

export function watchInput(settings: KafkaSettings, group: string, topic: string): InputLag {
  const positions = openGroupPositions(settings, { group, topic, partitions })
  let peak = 0
  let problem: unknown = null
  let isOver = false
  const watching = watch()

  /** @returns null while the broker doesn't answer */
  async function look(): Promise<Positions | null> {
    try {
      const committed = (await positions.committed()).map(({ nextOffset }) => nextOffset ?? 0)
      return { committed, ends: await positions.ends() }
    } catch (error) {
      // Brokers are away, as they are made to be here; who waits for too long tells it.
      problem = error
      return null
    }
  }

  async function watch(): Promise<void> {
    while (!isOver) {
      const seen = await look()
      if (seen !== null) peak = Math.max(peak, waiting(seen) * observationsInMessage)
      await new Promise((resolve) => setTimeout(resolve, watchMs))
    }
  }

  async function until(holds: (now: Positions, ends: readonly number[]) => boolean): Promise<void> {
    const deadline = performance.now() + withinMs
    let ends: readonly number[] | undefined
    for (;;) {
      const now = await look()
      ends ??= now?.ends
      if (now !== null && ends !== undefined && holds(now, ends)) return
      if (performance.now() > deadline) {
        throw new Error(`what is in ${topic} is not processed in time: ${JSON.stringify(now)}`, { cause: problem })
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }

  return {
    takePeak() {
      const taken = peak
      peak = 0
      return taken
    },
    whenAllGoOn: () => until(({ committed }, ends) => committed.every((next, p) => next > (ends[p] ?? 0))),
    whenProcessed: () => until(({ committed }, ends) => committed.every((next, p) => next >= (ends[p] ?? 0))),
    whenLive: () => until((now) => waiting(now) <= messagesUnderWay),
    async [Symbol.asyncDispose]() {
      isOver = true
      await watching
      await positions[Symbol.asyncDispose]()
    },
  }
}
