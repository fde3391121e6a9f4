import type { AwsCall } from '../../test/estate/moto.ts'

export const regions = ['eu-west-1', 'us-east-1', 'ap-southeast-2'] as const

const document = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const trust = document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' })
const reading = document({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })
const team = (n: number) => `team-${n % 40}`

/** How each kind is made, and how many of it stand in an account of 1,000 resources. */
const kinds: readonly (readonly [share: number, make: (n: number, region: string) => readonly AwsCall[]])[] = [
  ofEach(70, 'ec2', 'create_security_group', (n) => ({ GroupName: `group-${n}`, Description: 'of the web tier' })),
  ofEach(60, 'ec2', 'create_volume', (n, region) => ({
    ...{ AvailabilityZone: `${region}a`, Size: 8 + (n % 90), VolumeType: 'gp3' },
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'team', Value: team(n) }] }],
  })),
  ofEach(70, 'sqs', 'create_queue', (n) => ({ QueueName: `queue-${n}`, tags: { team: team(n) } })),
  ofEach(60, 'sns', 'create_topic', (n) => ({ Name: `topic-${n}` })),
  ofEach(40, 'dynamodb', 'create_table', (n) => ({
    ...{ TableName: `table-${n}`, BillingMode: 'PAY_PER_REQUEST' },
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  })),
  ofEach(110, 'logs', 'create_log_group', (n) => ({ logGroupName: `/service/${n}`, tags: { team: team(n) } })),
  ofEach(110, 'ssm', 'put_parameter', (n) => ({ Name: `/service/${n}`, Value: `value ${n}`, Type: 'String' })),
  ofEach(50, 'secretsmanager', 'create_secret', (n) => ({ Name: `secret-${n}`, SecretString: 'example-only' })),
  ofEach(70, 'events', 'put_rule', (n) => ({ Name: `rule-${n}`, ScheduleExpression: 'rate(5 minutes)' })),
  ofEach(90, 'cloudwatch', 'put_metric_alarm', (n) => ({
    ...{ AlarmName: `alarm-${n}`, MetricName: 'CPUUtilization', Namespace: 'AWS/EC2', Statistic: 'Average' },
    ...{ ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 2, Period: 300, Threshold: n % 100 },
  })),
  ofEach(30, 'ecr', 'create_repository', (n) => ({ repositoryName: `repository-${n}` })),
  ofEach(40, 'iam', 'create_role', (n) => ({
    ...{ RoleName: `role-${n}`, AssumeRolePolicyDocument: trust },
    Tags: [{ Key: 'team', Value: team(n) }],
  })),
  ofEach(40, 'iam', 'put_role_policy', (n) => ({
    ...{ RoleName: `role-${n}`, PolicyName: 'inline', PolicyDocument: reading },
  })),
]

function ofEach(
  share: number,
  service: string,
  method: string,
  given: (n: number, region: string) => object,
): readonly [number, (n: number, region: string) => readonly AwsCall[]] {
  return [share, (n, region) => [{ service, region, method, arguments: given(n, region) }]]
}

/** The calls that make an account with about `resources` resources of 12 services, spread over three regions. */
export const makingAccount = (resources: number): readonly AwsCall[] =>
  kinds.flatMap(([share, make]) =>
    Array.from({ length: Math.round((share * resources) / 1000) }).flatMap((_, n) =>
      make(n, regions[n % regions.length] ?? regions[0]),
    ),
  )

/** The types that are read of it: those of the 12 services. */
export const types: readonly string[] = [
  ...[
    'aws_security_group',
    'aws_vpc_security_group_*',
    'aws_ebs_volume',
    'aws_volume_attachment',
    'aws_vpc',
    'aws_subnet',
  ],
  ...['aws_sqs_*', 'aws_sns_*', 'aws_dynamodb_table', 'aws_cloudwatch_*', 'aws_ssm_parameter', 'aws_secretsmanager_*'],
  ...['aws_ecr_*', 'aws_iam_role*', 'aws_iam_user*', 'aws_iam_policy', 'aws_iam_group*'],
]
