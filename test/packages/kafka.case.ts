import { expect, test } from 'bun:test'
import { type RunOptions, runProgram, startProgram } from '../../cli/test-cli.ts'
import { openLogReader } from '../../connectors/kafka/kafka.ts'
import { startKafka } from '../kafka/cluster.ts'
import { consoleProduce } from '../kafka/console.ts'
import { readAll, textOf, until } from '../kafka/reading.ts'
import type { Installed } from './smoke.case.ts'

const prefix = 'packaged'
const ids = ['pushed', 'snappy', 'lz4', 'zstd', 'gzip']
const scope = 'shop/a/-/thing'
const line = (id: string): string =>
  `${JSON.stringify({ kind: 'observed', scope, resource: { id, type: 'thing', provider: 'shop' } })}\n`

/** What a vaino that is handed out must do with a real Kafka. @param installed is called in the test */
export function kafkaSmokeTest(installed: () => Installed): void {
  test('two nodes share the partitions of a Kafka: what one takes in the other answers, and so does the topic of changes', async () => {
    await using kafka = await startKafka()
    await using reader = openLogReader(kafka.settings)
    const { folder, inside, command } = installed()
    const env = {
      ...{
        HOME: '/nonexistent',
        VAINO_KAFKA__REDACTION_KEY: 'the same on every node',
        VAINO_KAFKA__REPLICATION: '1',
        VAINO_PARTITIONS: '2',
      },
    }
    const start = (name: string) =>
      startProgram(
        command(
          ...['up', '--transport', 'kafka', '--brokers', kafka.settings.brokers.join(','), '--topic-prefix', prefix],
          ...['--data-dir', `${inside}data-${name}`, '--listen', '127.0.0.1:0'],
        ),
        { cwd: folder, env },
      )
    const run = (args: readonly string[], options: RunOptions = {}) =>
      runProgram(command(...args), { cwd: folder, env, ...options })
    await using first = start('kafka-1')
    const [, one = ''] = await first.until(/listening on (http:\S+)/)
    await using second = start('kafka-2')
    const [, two = ''] = await second.until(/listening on (http:\S+)/)
    for (const url of [one, two]) await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok)

    expect(await run(['ingest', '-', '--server', one], { stdin: line('pushed') })).toMatchObject({ code: 0 })
    // Other programs compress with codecs that are native code: it is unpacked when the first batch comes.
    for (const codec of ids.slice(1))
      await consoleProduce(kafka, `${prefix}.resources`, codec, `${scope}\t${line(codec)}`)
    const listed = async (url: string) => {
      const { stdout } = await run(['list', '--server', url, '-o', 'ndjson'])
      return stdout.split('\n').flatMap((text) => (text === '' ? [] : [(JSON.parse(text) as { key: string }).key]))
    }
    const keys = ids.map((id) => `${scope}/${id}`).toSorted()
    for (const url of [one, two]) await until(`${url} has all`, async () => (await listed(url)).join() === keys.join())
    const changes = async () => {
      const partitions = await Promise.all([0, 1].map((partition) => readAll(reader, `${prefix}.changes`, partition)))
      return partitions.flat().map(({ key }) => textOf(key))
    }
    expect((await changes()).toSorted()).toEqual(keys)
  }, 600_000)
}
