import type { AwsFault } from './fault-proxy.ts'

/** A fault, and the instances of which nothing can be known then. */
export interface FaultCase {
  readonly fault: AwsFault
  readonly hits: RegExp
}

const ofEc2 = /^aws_(vpc|subnet|instance|ebs_volume|security_group|key_pair|eip|nat_gateway|launch_template)\./
const everything = /./
/** The calls with which the three provider configurations ask who they are. */
const untilConfigured = 3

export const faultCases: readonly FaultCase[] = [
  { fault: { kind: 'denied', services: ['ec2'] }, hits: ofEc2 },
  { fault: { kind: 'denied', services: ['s3'] }, hits: /^aws_s3_/ },
  { fault: { kind: 'throttled', services: ['iam'] }, hits: /^aws_iam_/ },
  { fault: { kind: 'error_500', services: ['sqs', 'sns'] }, hits: /^aws_s[qn]s_/ },
  { fault: { kind: 'html', services: ['ec2'] }, hits: ofEc2 },
  { fault: { kind: 'cut', services: ['dynamodb', 'logs'] }, hits: /^aws_dynamodb_/ },
  { fault: { kind: 'hang', services: ['lambda'] }, hits: /^aws_lambda_/ },
  { fault: { kind: 'expired', after: 60 }, hits: /^$/ },
  { fault: { kind: 'other_account' }, hits: everything },
  { fault: { kind: 'other_account', after: untilConfigured }, hits: /^aws_(vpc|dynamodb_table|iam_user)\./ },
  { fault: { kind: 'other_region', after: untilConfigured }, hits: /^aws_(vpc|dynamodb_table|sqs_queue)\./ },
]

/** What is said in the place of an answer is given soon. */
export const impatient = {
  read_timeout: '4s',
  concurrency: 16,
  configurations: Object.fromEntries(
    ['', '.us', '.plain'].map((alias) => [`registry.terraform.io/hashicorp/aws${alias}`, { max_retries: 1 }]),
  ),
}
