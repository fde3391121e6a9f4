import { execFile } from 'node:child_process'
import type { KafkaCluster } from './cluster.ts'
import { kafkaJars } from './jars.ts'

const jvm = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
]
const timeoutMs = 60_000

/** One of the tools that come with Apache Kafka: a client that knows nothing of vaino. @returns what it prints */
function runTool(mainClass: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = [...jvm, '-cp', `${kafkaJars()}/*`, mainClass, ...args]
    const child = execFile('java', all, { timeout: timeoutMs, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${mainClass}: ${error.message} ${stderr}`))
      else resolve(stdout)
    })
    child.stdin?.end(input)
  })
}

/** Sends lines `key<TAB>value` with Apache's own producer. */
export async function consoleProduce(kafka: KafkaCluster, topic: string, codec: string, lines: string): Promise<void> {
  const server = ['--bootstrap-server', kafka.settings.brokers.join(',')]
  const keyed = ['--reader-property', 'parse.key=true', '--compression-codec', codec]
  await runTool('org.apache.kafka.tools.ConsoleProducer', [...server, '--topic', topic, ...keyed], lines)
}

/** Reads a topic from its beginning with Apache's own consumer, as `read_committed`. @returns lines `headers<TAB>key<TAB>value` */
export async function consoleConsume(kafka: KafkaCluster, topic: string, messages: number): Promise<string[]> {
  const server = ['--bootstrap-server', kafka.settings.brokers.join(',')]
  const what = ['--topic', topic, '--from-beginning', '--max-messages', String(messages), '--timeout-ms', '20000']
  const how = ['--isolation-level', 'read_committed']
  const shown = ['print.key', 'print.headers'].flatMap((name) => ['--formatter-property', `${name}=true`])
  const printed = await runTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...server,
    ...what,
    ...how,
    ...shown,
  ])
  return printed.split('\n').filter((line) => line !== '')
}
