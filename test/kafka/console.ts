import { execFile } from 'node:child_process'
import type { KafkaCluster } from './cluster.ts'
import { kafkaJars } from './jars.ts'

// The tools that come with Apache Kafka: clients that know nothing of vaino.

const jvm = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
]
const timeoutMs = 60_000

const java = (mainClass: string, args: readonly string[]): string[] => [
  ...jvm,
  '-cp',
  `${kafkaJars()}/*`,
  `org.apache.kafka.tools.${mainClass}`,
  ...args,
]

/** The arguments of `java` to print a topic from its beginning, as `read_committed`: `headers<TAB>key<TAB>value` a line. */
export function consoleConsumer(brokers: readonly string[], topic: string, more: readonly string[] = []): string[] {
  const what = ['--bootstrap-server', brokers.join(','), '--topic', topic, '--from-beginning']
  const shown = ['print.key', 'print.headers'].flatMap((name) => ['--formatter-property', `${name}=true`])
  return java('consumer.ConsoleConsumer', [...what, '--isolation-level', 'read_committed', ...shown, ...more])
}

/** The arguments of `java` to send lines `key<TAB>value` to a topic. */
export function consoleProducer(brokers: readonly string[], topic: string, more: readonly string[] = []): string[] {
  const what = ['--bootstrap-server', brokers.join(','), '--topic', topic]
  return java('ConsoleProducer', [...what, '--reader-property', 'parse.key=true', ...more])
}

/** @returns what it prints */
function run(args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('java', args, { timeout: timeoutMs, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message} ${stderr}`))
      else resolve(stdout)
    })
    child.stdin?.end(input)
  })
}

/** Sends lines `key<TAB>value` with Apache's own producer. */
export async function consoleProduce(kafka: KafkaCluster, topic: string, codec: string, lines: string): Promise<void> {
  await run(consoleProducer(kafka.settings.brokers, topic, ['--compression-codec', codec]), lines)
}

/** Reads so many messages of a topic with Apache's own consumer. @returns lines `headers<TAB>key<TAB>value` */
export async function consoleConsume(kafka: KafkaCluster, topic: string, messages: number): Promise<string[]> {
  const end = ['--max-messages', String(messages), '--timeout-ms', '20000']
  const printed = await run(consoleConsumer(kafka.settings.brokers, topic, end))
  return printed.split('\n').filter((line) => line !== '')
}
