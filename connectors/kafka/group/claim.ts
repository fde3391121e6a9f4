import { z } from 'zod'
import type { JoinedMember } from '../broker/membership.ts'
import type { MemberClaim } from './assign.ts'

/** Members of the same group must offer the same protocol. Part of the wire format: do not change it without a migration. */
export const stickyProtocol = { name: 'vaino-sticky', version: 1 } as const

/** A member of another version may claim more, or nothing. */
const claimSchema = z.object({
  generation: z.number().default(-1),
  owned: z.array(z.number()).default([]),
  files: z.record(z.coerce.number(), z.number()).default({}),
})

export const encodeClaim = (claim: Omit<MemberClaim, 'memberId'>): Uint8Array => Buffer.from(JSON.stringify(claim))

/** A claim that cannot be read claims nothing. */
export function readClaim({ memberId, claim }: JoinedMember): MemberClaim {
  const read = claimSchema.safeParse(parse(claim))
  return { memberId, ...(read.success ? read.data : { generation: -1, owned: [], files: {} }) }
}

function parse(claim: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(claim ?? []).toString('utf8'))
  } catch {
    // No JSON: the schema refuses null.
    return null
  }
}
