import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'
import type { MembershipOptions } from '../broker/membership.ts'

/** The membership's assignment protocol as kafkajs calls it. */
export const assignerOf =
  ({ topic, protocol: { name, version }, claim, assign }: MembershipOptions): PartitionAssigner =>
  ({ cluster }) => ({
    name,
    version,
    protocol({ topics }) {
      const userData = Buffer.from(claim())
      return { name, metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData }) }
    },
    async assign({ members }) {
      const joined = members.map(({ memberId, memberMetadata }) => {
        return { memberId, claim: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData }
      })
      const assigned = assign(joined, cluster.findTopicPartitionMetadata(topic).length)
      return [...assigned].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version,
          assignment: { [topic]: [...partitions] },
          userData: Buffer.alloc(0),
        }),
      }))
    },
  })
