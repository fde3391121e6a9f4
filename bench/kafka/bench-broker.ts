import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KafkaCluster, startKafka } from '../../test/kafka/cluster.ts'
import { brokerConfig } from './topics.ts'

export interface BenchBroker {
  readonly kafka: KafkaCluster
  /** Where everything of the benchmark lies; it goes with this process. */
  readonly folder: string
}

/** One broker. */
export async function startBroker(): Promise<BenchBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
  const data = join(folder, 'kafka')
  mkdirSync(data)
  const kafka = await startKafka({ config: brokerConfig, folder: data })
  // After what the cluster does then: kill its broker.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return { kafka, folder }
}
