import { openGroupPositions } from '../../connectors/kafka/group-positions.ts'
import type { KafkaSettings } from '../../connectors/kafka/kafka.ts'
import { observationsInMessage } from './steady-stream.ts'
import { partitions } from './topics.ts'

/** How far a deployment is behind its input, and when it goes on. */
export interface InputLag extends AsyncDisposable {
  /** The most observations that were seen to wait since the last call. */
  takePeak(): number
  /** Resolves when something has been processed in every partition that was sent after this call. */
  whenAllGoOn(): Promise<void>
  /** Resolves when nothing waits that was sent before this call. */
  whenCaughtUp(): Promise<void>
}

const pollMs = 20
/** A broker that is away for longer than this won't come back. */
const withinMs = 120_000

export function watchInput(settings: KafkaSettings, group: string, topic: string): InputLag {
  const positions = openGroupPositions(settings, { group, topic, partitions })
  let peak = 0
  let isOver = false
  const watching = watch()

  /** @returns null while the broker doesn't answer */
  async function look(): Promise<{ committed: readonly number[]; ends: readonly number[] } | null> {
    try {
      const committed = (await positions.committed()).map(({ nextOffset }) => nextOffset ?? 0)
      return { committed, ends: await positions.ends() }
    } catch {
      return null
    }
  }

  async function watch(): Promise<void> {
    while (!isOver) {
      const seen = await look()
      const waiting = seen?.ends.reduce((sum, end, partition) => sum + end - (seen.committed[partition] ?? 0), 0)
      peak = Math.max(peak, (waiting ?? 0) * observationsInMessage)
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }

  async function until(holds: (committed: number, endThen: number) => boolean): Promise<void> {
    const deadline = performance.now() + withinMs
    let ends: readonly number[] | undefined
    for (;;) {
      const seen = await look()
      ends ??= seen?.ends
      if (ends !== undefined && seen?.committed.every((offset, partition) => holds(offset, ends?.[partition] ?? 0)))
        return
      if (performance.now() > deadline) throw new Error(`${topic} is not processed any more: ${JSON.stringify(seen)}`)
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }

  return {
    takePeak() {
      const taken = peak
      peak = 0
      return taken
    },
    whenAllGoOn: () => until((committed, endThen) => committed > endThen),
    whenCaughtUp: () => until((committed, endThen) => committed >= endThen),
    async [Symbol.asyncDispose]() {
      isOver = true
      await watching
      await positions[Symbol.asyncDispose]()
    },
  }
}
