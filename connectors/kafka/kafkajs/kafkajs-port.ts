import type { BrokerPort } from '../broker/broker-port.ts'
import { ClusterOverKafkajs } from './cluster.ts'
import { beMember } from './member.ts'

/** The port over kafkajs: its connections, login, metadata and group membership. */
export const kafkajsPort: BrokerPort = {
  openCluster: (settings, options = {}) => new ClusterOverKafkajs(settings, options),
  beMember,
}
