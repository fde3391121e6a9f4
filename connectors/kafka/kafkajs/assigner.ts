import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'
import { z } from 'zod'
import { assignPartitions, type MemberClaim } from '../assign.ts'

const protocolName = 'vaino-sticky'
const protocolVersion = 1

/** Members of other versions may say more, or nothing. */
const claimSchema = z.object({
  generation: z.number().default(-1),
  owned: z.array(z.number()).default([]),
  files: z.record(z.coerce.number(), z.number()).default({}),
})

function claimOf(memberId: string, userData: Buffer | undefined): MemberClaim {
  const read = claimSchema.safeParse(parse(userData))
  return { memberId, ...(read.success ? read.data : { generation: -1, owned: [], files: {} }) }
}

function parse(userData: Buffer | undefined): unknown {
  try {
    return JSON.parse(userData?.toString('utf8') ?? '')
  } catch {
    // A member that says nothing that can be read owns nothing.
    return null
  }
}

/** kafkajs' door to {@link assignPartitions}. @param claim what this member says of itself, asked for at each join */
export const stickyAssigner =
  (topic: string, claim: () => Omit<MemberClaim, 'memberId'>): PartitionAssigner =>
  ({ cluster }) => ({
    name: protocolName,
    version: protocolVersion,
    protocol({ topics }) {
      const userData = Buffer.from(JSON.stringify(claim()))
      return {
        name: protocolName,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: protocolVersion, topics, userData }),
      }
    },
    async assign({ members }) {
      const claims = members.map(({ memberId, memberMetadata }) =>
        claimOf(memberId, AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData),
      )
      const assigned = assignPartitions(claims, cluster.findTopicPartitionMetadata(topic).length)
      return [...assigned].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: protocolVersion,
          assignment: { [topic]: partitions },
          userData: Buffer.alloc(0),
        }),
      }))
    },
  })
