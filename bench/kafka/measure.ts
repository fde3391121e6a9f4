import type { KafkaSettings } from '../../connectors/kafka/kafka.ts'
import { openGroupPositions } from '../../connectors/kafka/kafka.ts'
import { type Usage, usageOf, watchOthers } from '../../test/process-usage.ts'
import type { RunningProgram } from './run-program.ts'

/** Where a program's progress can be seen: its positions in its input. */
export interface Progress {
  readonly group: string
  readonly topic: string
  readonly partitions: number
}

export interface Measured {
  readonly observations: number
  readonly seconds: number
  /** Processor time of the program, and of the broker, in the same window. */
  readonly cpuUs: number
  readonly brokerCpuUs: number
  readonly memory: Pick<Usage, 'peakBytes' | 'residentBytes'>
  /** Of the machine's processor time, what others had meanwhile, from 0 to 1. */
  readonly others: number
}

export interface Window {
  /** In the topic and not processed yet when the program starts. */
  readonly messages: number
  readonly observations: number
  /** Of the messages, those at the beginning on which the program warms up. */
  readonly warmMessages: number
}

const pollMs = 20

/**
 * Runs a program over the input that waits for it. The window opens with the commit that completes the warming up, and closes
 * with the last one: how long a program takes to start, to join its group and to compile itself isn't in it.
 */
export async function measure(
  settings: KafkaSettings,
  progress: Progress,
  { messages, observations, warmMessages }: Window,
  brokerPid: number,
  start: () => RunningProgram,
): Promise<Measured> {
  await using positions = openGroupPositions(settings, progress)
  const committed = async () =>
    (await positions.committed()).reduce((sum, { nextOffset }) => sum + (nextOffset ?? 0), 0)
  const before = await committed()
  const program = start()
  const reached = async (offset: number): Promise<number> => {
    for (;;) {
      const now = await committed()
      if (now >= offset) return now
      await Promise.race([new Promise((resolve) => setTimeout(resolve, pollMs)), program.died])
    }
  }
  const first = await reached(before + Math.max(warmMessages, 1))
  const startedAt = performance.now()
  const othersShare = watchOthers([program.pid, brokerPid])
  const [own, broker] = [usageOf(program.pid), usageOf(brokerPid)]
  const last = await reached(before + messages)
  const seconds = (performance.now() - startedAt) / 1000
  const memory = usageOf(program.pid)
  const others = othersShare()
  const brokerCpuUs = usageOf(brokerPid).cpuUs - broker.cpuUs
  await program.stop()
  return {
    observations: (observations * (last - first)) / messages,
    seconds,
    cpuUs: memory.cpuUs - own.cpuUs,
    brokerCpuUs,
    memory,
    others,
  }
}
