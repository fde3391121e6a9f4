import {
  type ClusterDescription,
  describeCluster,
  diagnose,
  ensureTopics,
  type KafkaSettings,
  lagOf,
  type TopicSpec,
  topicNames,
} from '../../connectors/kafka/kafka.ts'
import { VainoError } from '../../model/errors.ts'
import { kafkaSettings } from '../config/kafka-settings.ts'
import type { Config } from '../config/schema.ts'
import { messageLimits } from '../kafka/messages/message-limits.ts'
import { sharedIdentity } from '../kafka/node/shared-identity.ts'
import { wantedReplication, wantedTopics } from '../kafka/node/wanted-topics.ts'
import { sharedDataDir } from './data-dir.ts'
import { type Check, type Finding, failed, ok, thrown, warning } from './finding.ts'

/** Record times are the brokers', and retention goes by them. */
const skewMs = 1000
/** More messages than this are a backlog; fewer are seconds of work. */
const backlog = 10_000

/** The cluster, its topics, what this user may do there, and how far the processors are. */
export const kafkaCheck = (config: Config): Check => ({
  name: 'kafka',
  async run() {
    const settings = kafkaSettings(config)
    const cluster = await describeCluster(settings)
    const topics = await checkTopics(config, settings, cluster)
    // Before the diagnosis, whose trial transactions leave markers in the topics.
    const lag = await orThrown('consumer lag', lagging(config, settings, topics.there))
    const diagnosis = await orThrown('kafka', diagnosed(config, settings, topics.there))
    const { topic_prefix, redaction_key = '' } = config.kafka
    const shared = sharedIdentity(cluster.clusterId, topic_prefix, redaction_key)
    return [described(cluster), ...diagnosis, ...topics.findings, ...lag, ...sharedDataDir(config, shared)]
  },
})

const orThrown = (check: string, found: Promise<readonly Finding[]>): Promise<readonly Finding[]> =>
  found.catch((error: unknown) => [thrown(check, error)])

function described({ clusterId, controller, nodes }: ClusterDescription): Finding {
  const text = `cluster ${clusterId}, ${nodes.length} ${nodes.length === 1 ? 'broker' : 'brokers'}`
  if (controller !== null) return ok('kafka', `${text}, controller ${controller}`)
  return warning('kafka', `${text}, and no controller now`, 'Topics can be neither made nor moved until there is one.')
}

async function checkTopics(config: Config, settings: KafkaSettings, { nodes }: ClusterDescription) {
  const { kafka, partitions, limits } = config
  const sizes = messageLimits(limits.record_size, kafka.max_message_size ?? null).topics
  const replication = wantedReplication(kafka.replication ?? null, nodes.length)
  const there: string[] = []
  const check = async (spec: TopicSpec): Promise<readonly Finding[]> => {
    const name = `topic ${spec.name}`
    try {
      const { warnings } = await ensureTopics(settings, { topics: [spec], partitions, replication, create: false })
      there.push(spec.name)
      if (warnings.length > 0) return warnings.map((text) => warning(name, text))
      return [ok(name, `${partitions} partitions, ${spec.cleanup}, messages up to ${spec.maxMessageBytes} bytes`)]
    } catch (error) {
      const isMissing = error instanceof VainoError && error.details.missing !== undefined
      if (!isMissing) there.push(spec.name)
      if (!isMissing || !kafka.create_topics) return [thrown(name, error)]
      if (replication > nodes.length) {
        const text = `is not there, and can't be made with ${replication} replicas: there are ${nodes.length} brokers`
        return [failed(name, text, 'Set kafka.replication to at most the number of brokers.')]
      }
      return [
        ok(
          name,
          `is not there yet; \`vaino up\` makes it: ${partitions} partitions, ${replication === 1 ? '1 replica' : `${replication} replicas`}`,
        ),
      ]
    }
  }
  const findings = (await Promise.all(wantedTopics(kafka.topic_prefix, sizes).map(check))).flat()
  return { findings, there }
}

async function diagnosed(config: Config, settings: KafkaSettings, there: readonly string[]): Promise<Finding[]> {
  const prefix = config.kafka.topic_prefix
  const target = { topics: there, group: `${prefix}.processors`, idPrefix: `${prefix}.processor` }
  const { brokers, permissions } = await diagnose(settings, target)
  const found = brokers.flatMap(({ address, answeredInMs, clockAheadMs, missing, problem }): Finding[] => {
    const name = `broker ${address}`
    if (problem !== null) return [failed(name, problem, 'Check that it runs and that this address is right.')]
    if (missing.length > 0) {
      return [failed(name, `does not speak ${missing.join(', ')}`, 'vaino needs Kafka 2.5 or newer.')]
    }
    const answered = ok(name, `answers in ${Math.round(answeredInMs ?? 0)} ms and speaks what is needed`)
    if (clockAheadMs === null || Math.abs(clockAheadMs) <= skewMs) return [answered]
    const text = `its clock is ${Math.abs(clockAheadMs)} ms ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this machine's`
    return [answered, warning(name, text, 'Let both keep their time by NTP: retention goes by it.')]
  })
  const refused = permissions.flatMap(({ permission, problem }): Finding[] => {
    if (problem === null) return []
    if (isNeeded(permission, config)) return [failed('permissions', problem, `Grant ${permission}.`)]
    return [warning('permissions', problem, `This node's roles don't need it; others need ${permission}.`)]
  })
  const allowed = ok('permissions', `all ${permissions.length} that were tried`)
  return [...found, ...(refused.length === 0 ? [allowed] : refused)]
}

/** Whether this node's roles need a permission, as {@link diagnose} names it. */
function isNeeded(permission: string, { roles, kafka }: Config): boolean {
  if (roles.includes('processor')) return true
  const { resources, changes, state } = topicNames(kafka.topic_prefix)
  if (permission === `WRITE on the topic ${resources}`) return true
  return roles.includes('api') && [changes, state].some((topic) => permission === `READ on the topic ${topic}`)
}

async function lagging(config: Config, settings: KafkaSettings, there: readonly string[]): Promise<Finding[]> {
  const { topic_prefix } = config.kafka
  const { resources } = topicNames(topic_prefix)
  if (!there.includes(resources)) return []
  const partitions = await lagOf(settings, `${topic_prefix}.processors`, resources)
  const lag = partitions.reduce((sum, one) => sum + one.lag, 0)
  const worst = partitions.reduce((most, one) => Math.max(most, one.lag), 0)
  const text = `the processors are ${lag} ${lag === 1 ? 'message' : 'messages'} behind`
  if (lag <= backlog) return [ok('consumer lag', text)]
  const hint = 'Check that nodes with the role processor run, and give them more workers, or add nodes.'
  return [warning('consumer lag', `${text}, in one partition ${worst}`, hint)]
}
