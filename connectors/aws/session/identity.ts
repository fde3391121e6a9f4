import { z } from 'zod'
import type { Identity } from './account-credentials.ts'

const answer = z.looseObject({ Account: z.string().regex(/^\d{12}$/), Arn: z.string() })

/**
 * Reads the answer of sts:GetCallerIdentity.
 * @throws Error where it is none
 */
export function identityOf(output: unknown): Identity {
  const read = answer.safeParse(output)
  if (!read.success) throw new Error('the answer to sts:GetCallerIdentity names no account')
  const { Account: account, Arn: arn } = read.data
  return { account, arn, partition: arn.split(':')[1] || 'aws' }
}

/** Where a partition's global services answer: IAM, Route 53, CloudFront, Organizations. */
export const homeRegionOf = (partition: string): string =>
  ({ 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' })[partition] ?? 'us-east-1'

/** The account in a role's ARN. */
export const accountIn = (arn: string | null): string | null => arn?.split(':')[4] || null
