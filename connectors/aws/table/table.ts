import type { Operations } from '../sdk/bundle.ts'
import type { ServiceName } from '../sdk/services.ts'
import type { Items, Listing, Row } from './row.ts'
import { acmRows } from './rows/acm.ts'
import { apigatewayRows } from './rows/apigateway.ts'
import { appautoscalingRows } from './rows/appautoscaling.ts'
import { autoscalingRows } from './rows/autoscaling.ts'
import { backupRows } from './rows/backup.ts'
import { cloudformationRows } from './rows/cloudformation.ts'
import { cloudfrontRows } from './rows/cloudfront.ts'
import { cloudtrailRows } from './rows/cloudtrail.ts'
import { cloudwatchRows } from './rows/cloudwatch.ts'
import { codebuildRows } from './rows/codebuild.ts'
import { codepipelineRows } from './rows/codepipeline.ts'
import { cognitoRows } from './rows/cognito.ts'
import { dynamodbRows } from './rows/dynamodb.ts'
import { ec2Rows } from './rows/ec2.ts'
import { ec2ComputeRows } from './rows/ec2-compute.ts'
import { ec2ConnectionRows } from './rows/ec2-connections.ts'
import { ec2NetworkRows } from './rows/ec2-network.ts'
import { ecrRows } from './rows/ecr.ts'
import { ecsRows } from './rows/ecs.ts'
import { efsRows } from './rows/efs.ts'
import { eksRows } from './rows/eks.ts'
import { elasticacheRows } from './rows/elasticache.ts'
import { elbRows } from './rows/elb.ts'
import { elbv2Rows } from './rows/elbv2.ts'
import { eventsRows } from './rows/events.ts'
import { glueRows } from './rows/glue.ts'
import { guardRows } from './rows/guard.ts'
import { iamRows } from './rows/iam.ts'
import { iamMoreRows } from './rows/iam-more.ts'
import { kafkaRows } from './rows/kafka.ts'
import { kmsRows } from './rows/kms.ts'
import { lambdaRows } from './rows/lambda.ts'
import { opensearchRows } from './rows/opensearch.ts'
import { organizationsRows } from './rows/organizations.ts'
import { rdsRows } from './rows/rds.ts'
import { redshiftRows } from './rows/redshift.ts'
import { route53Rows } from './rows/route53.ts'
import { s3Rows } from './rows/s3.ts'
import { schedulerRows } from './rows/scheduler.ts'
import { secretsmanagerRows } from './rows/secretsmanager.ts'
import { snsRows } from './rows/sns.ts'
import { sqsRows } from './rows/sqs.ts'
import { ssmRows } from './rows/ssm.ts'
import { statesRows } from './rows/states.ts'
import { streamsRows } from './rows/streams.ts'
import { wafv2Rows } from './rows/wafv2.ts'

/** Every type that is read. Rows that share a listing stand beside each other, so that their scans come together. */
export const rows: readonly Row[] = [
  ...acmRows,
  ...apigatewayRows,
  ...appautoscalingRows,
  ...autoscalingRows,
  ...backupRows,
  ...cloudformationRows,
  ...cloudfrontRows,
  ...cloudtrailRows,
  ...cloudwatchRows,
  ...codebuildRows,
  ...codepipelineRows,
  ...cognitoRows,
  ...dynamodbRows,
  ...ec2ComputeRows,
  ...ec2ConnectionRows,
  ...ec2NetworkRows,
  ...ec2Rows,
  ...ecrRows,
  ...ecsRows,
  ...efsRows,
  ...eksRows,
  ...elasticacheRows,
  ...elbRows,
  ...elbv2Rows,
  ...eventsRows,
  ...glueRows,
  ...guardRows,
  ...iamMoreRows,
  ...iamRows,
  ...kafkaRows,
  ...kmsRows,
  ...lambdaRows,
  ...opensearchRows,
  ...organizationsRows,
  ...rdsRows,
  ...redshiftRows,
  ...route53Rows,
  ...s3Rows,
  ...schedulerRows,
  ...secretsmanagerRows,
  ...snsRows,
  ...sqsRows,
  ...ssmRows,
  ...statesRows,
  ...streamsRows,
  ...wafv2Rows,
]

const byType = new Map(rows.map((row) => [row.type, row]))

export const rowOf = (type: string): Row | undefined => byType.get(type)

export interface Called {
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

/** Every listing that a row is read from. */
export function listingsOf(row: Row): readonly Listing[] {
  const found: Listing[] = []
  for (let at: Listing | undefined = row.list; at !== undefined; at = at.parents?.list) found.push(at)
  return row.joined === undefined ? found : [...found, row.joined.of.list]
}

/** Rows in the order of reading, those together that share a listing. */
export function groupsOf(of: readonly Row[]): readonly (readonly Row[])[] {
  const groups: Row[][] = []
  let listings: readonly Listing[] = []
  for (const row of of) {
    const own = listingsOf(row)
    if (own.some((listing) => listings.includes(listing))) groups.at(-1)?.push(row)
    else groups.push([row])
    listings = own
  }
  return groups
}

/** What a session itself calls. */
export const sessionCalls: readonly Called[] = [
  { service: 'sts', operation: 'GetCallerIdentity' },
  { service: 'ec2', operation: 'DescribeRegions' },
]

/** What following a queue of events calls. */
export const queueCalls: readonly Called[] = [
  { service: 'sqs', operation: 'ReceiveMessage' },
  { service: 'sqs', operation: 'DeleteMessageBatch' },
  { service: 'sqs', operation: 'ChangeMessageVisibilityBatch' },
  { service: 'sqs', operation: 'GetQueueAttributes' },
]

/** What looking up who made a change calls. */
export const historyCalls: readonly Called[] = [{ service: 'cloudtrail', operation: 'LookupEvents' }]

/** What types without a row are found and read by. */
export const cloudControlCalls: readonly Called[] = [
  { service: 'cloudformation', operation: 'ListTypes' },
  { service: 'cloudformation', operation: 'DescribeType' },
  { service: 'cloudcontrol', operation: 'ListResources' },
  { service: 'cloudcontrol', operation: 'GetResource' },
]

/** What types that nothing else reads are found and read by. */
export const configCalls: readonly Called[] = [
  { service: 'config', operation: 'DescribeConfigurationRecorders' },
  { service: 'config', operation: 'DescribeConfigurationRecorderStatus' },
  { service: 'config', operation: 'GetDiscoveredResourceCounts' },
  { service: 'config', operation: 'ListDiscoveredResources' },
  { service: 'config', operation: 'BatchGetResourceConfig' },
]

const besideRows = [...sessionCalls, ...queueCalls, ...historyCalls, ...cloudControlCalls, ...configCalls]

/** The operations of a set of rows, by service. */
export function operationsOf(of: readonly Row[]): Operations {
  const called: Partial<Record<ServiceName, string[]>> = {}
  for (const { service, operation } of [...besideRows, ...of.flatMap(callsOf)]) {
    const known = called[service] ?? []
    called[service] = known
    if (!known.includes(operation)) known.push(operation)
  }
  return called
}
