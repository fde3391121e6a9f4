import type { Operations } from '../sdk/bundle.ts'
import type { ServiceName } from '../sdk/services.ts'
import type { Items, Row } from './row.ts'
import { apigatewayRows } from './rows/apigateway.ts'
import { autoscalingRows } from './rows/autoscaling.ts'
import { cloudwatchRows } from './rows/cloudwatch.ts'
import { dynamodbRows } from './rows/dynamodb.ts'
import { ec2Rows } from './rows/ec2.ts'
import { ec2ComputeRows } from './rows/ec2-compute.ts'
import { ec2ConnectionRows } from './rows/ec2-connections.ts'
import { ec2NetworkRows } from './rows/ec2-network.ts'
import { ecrRows } from './rows/ecr.ts'
import { ecsRows } from './rows/ecs.ts'
import { eksRows } from './rows/eks.ts'
import { elbRows } from './rows/elb.ts'
import { elbv2Rows } from './rows/elbv2.ts'
import { eventsRows } from './rows/events.ts'
import { iamRows } from './rows/iam.ts'
import { kmsRows } from './rows/kms.ts'
import { lambdaRows } from './rows/lambda.ts'
import { rdsRows } from './rows/rds.ts'
import { route53Rows } from './rows/route53.ts'
import { s3Rows } from './rows/s3.ts'
import { schedulerRows } from './rows/scheduler.ts'
import { secretsmanagerRows } from './rows/secretsmanager.ts'
import { snsRows } from './rows/sns.ts'
import { sqsRows } from './rows/sqs.ts'
import { ssmRows } from './rows/ssm.ts'

/** Every type that is read. Rows that share a listing stand beside each other, so that their scans come together. */
export const rows: readonly Row[] = [
  ...apigatewayRows,
  ...autoscalingRows,
  ...cloudwatchRows,
  ...dynamodbRows,
  ...ec2ComputeRows,
  ...ec2ConnectionRows,
  ...ec2NetworkRows,
  ...ec2Rows,
  ...ecrRows,
  ...ecsRows,
  ...eksRows,
  ...elbRows,
  ...elbv2Rows,
  ...eventsRows,
  ...iamRows,
  ...kmsRows,
  ...lambdaRows,
  ...rdsRows,
  ...route53Rows,
  ...s3Rows,
  ...schedulerRows,
  ...secretsmanagerRows,
  ...snsRows,
  ...sqsRows,
  ...ssmRows,
]

const byType = new Map(rows.map((row) => [row.type, row]))

export const rowOf = (type: string): Row | undefined => byType.get(type)

interface Called {
  readonly service: ServiceName
  readonly operation: string
}

function ofItems({ list, joined }: Items): readonly Called[] {
  const above = list.parents === undefined ? [] : ofItems(list.parents)
  return [...above, list, ...(joined === undefined ? [] : ofItems(joined.of))]
}

/** The operations that reading a type calls. */
export function callsOf(row: Row): readonly Called[] {
  const perItem = [...(row.batches ?? []), ...(row.details ?? [])]
  return [...ofItems(row), ...perItem.map(({ service = row.list.service, operation }) => ({ service, operation }))]
}

/** What a session itself calls. */
export const sessionCalls: readonly Called[] = [
  { service: 'sts', operation: 'GetCallerIdentity' },
  { service: 'ec2', operation: 'DescribeRegions' },
]

/** What following a queue of events calls. */
const eventCalls: readonly Called[] = [
  { service: 'sqs', operation: 'ReceiveMessage' },
  { service: 'sqs', operation: 'DeleteMessageBatch' },
]

/** The operations of a set of rows, by service. */
export function operationsOf(of: readonly Row[]): Operations {
  const called: Partial<Record<ServiceName, string[]>> = {}
  for (const { service, operation } of [...sessionCalls, ...eventCalls, ...of.flatMap(callsOf)]) {
    const known = called[service] ?? []
    called[service] = known
    if (!known.includes(operation)) known.push(operation)
  }
  return called
}
