import { defaultEngineOptions } from '../../../pipeline/engine-options.ts'
import { openKafkaEngine } from '../../../pipeline/kafka/node/open-kafka-engine.ts'
import { createTelemetry } from '../../../pipeline/telemetry/telemetry.ts'

// A node in a process of its own, which dies at each record that holds a text, as the kernel ends what takes too much memory.

const { settings, prefix, dataDir, partitions, workers, sessionTimeoutMs, atText, where } = JSON.parse(
  process.argv[2] ?? '{}',
)
const telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text })
const engine = await openKafkaEngine(
  { ...defaultEngineOptions, partitions, workers, dataDir },
  {
    settings,
    prefix,
    encoding: 'json',
    maxMessageBytes: null,
    replication: 1,
    createTopics: true,
    redactionKey: 'the same on every node',
    sessionTimeoutMs,
    roles: where === 'followed' ? ['api'] : ['processor', 'api'],
  },
  telemetry,
)
for (let worker = 0; worker < engine.workers; worker++) engine.injectFault(worker, 'kill', atText, where)
process.once('SIGTERM', () => engine[Symbol.asyncDispose]().then(() => process.exit(0)))
