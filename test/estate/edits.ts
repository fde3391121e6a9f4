// A table, long because an entry has an AWS call and what it changes in Terraform's words.
import type { AwsCall } from './moto.ts'

/** The attributes of an instance, by its address. */
export type AttributesOf = (address: string) => Readonly<Record<string, unknown>>

/** Something that a person does in the console, and what it changes in Terraform's words. */
export interface Edit {
  readonly address: string
  /** The attributes that differ afterwards and that a person may write; `'deleted'` where the instance is gone. */
  readonly fields: readonly string[] | 'deleted'
  /** What of the instance's own computed attributes moves with them. */
  readonly echoes?: readonly string[]
  readonly call: (of: AttributesOf) => AwsCall
}

const ireland = 'eu-west-1'
const virginia = 'us-east-1'
const call = (service: string, method: string, args: object, region = ireland): AwsCall => ({
  service,
  region,
  method,
  arguments: args,
})
const document = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })
const permission = (port: number, cidr: string) => [
  { IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: cidr }] },
]

const network: readonly Edit[] = [
  {
    address: 'aws_security_group.web',
    fields: ['ingress'],
    call: (of) =>
      call('ec2', 'authorize_security_group_ingress', {
        GroupId: of('aws_security_group.web').id,
        IpPermissions: permission(22, '0.0.0.0/0'),
      }),
  },
  {
    address: 'aws_security_group.us',
    fields: ['ingress'],
    call: (of) =>
      call(
        'ec2',
        'authorize_security_group_ingress',
        { GroupId: of('aws_security_group.us').id, IpPermissions: permission(5432, '198.51.100.7/32') },
        virginia,
      ),
  },
  {
    address: 'aws_vpc_security_group_ingress_rule.cache',
    fields: ['cidr_ipv4'],
    call: (of) =>
      call('ec2', 'modify_security_group_rules', {
        GroupId: of('aws_security_group.cache').id,
        SecurityGroupRules: [
          {
            SecurityGroupRuleId: of('aws_vpc_security_group_ingress_rule.cache').id,
            SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 6379, ToPort: 6379, CidrIpv4: '0.0.0.0/0' },
          },
        ],
      }),
  },
  {
    address: 'aws_vpc.main',
    fields: ['enable_dns_hostnames'],
    call: (of) =>
      call('ec2', 'modify_vpc_attribute', { VpcId: of('aws_vpc.main').id, EnableDnsHostnames: { Value: false } }),
  },
  {
    address: 'aws_subnet.main["b"]',
    fields: ['map_public_ip_on_launch'],
    call: (of) =>
      call('ec2', 'modify_subnet_attribute', {
        SubnetId: of('aws_subnet.main["b"]').id,
        MapPublicIpOnLaunch: { Value: true },
      }),
  },
  {
    address: 'aws_ec2_managed_prefix_list.offices',
    fields: ['entry'],
    echoes: ['version'],
    call: (of) =>
      call('ec2', 'modify_managed_prefix_list', {
        PrefixListId: of('aws_ec2_managed_prefix_list.offices').id,
        PrefixListName: 'offices',
        CurrentVersion: 1,
        AddEntries: [{ Cidr: '192.0.2.0/24', Description: 'new' }],
      }),
  },
  {
    address: 'aws_route53_record.public["www"]',
    fields: ['records', 'ttl'],
    call: (of) =>
      call('route53', 'change_resource_record_sets', {
        HostedZoneId: of('aws_route53_zone.public').zone_id,
        ChangeBatch: {
          Changes: [
            {
              Action: 'UPSERT',
              ResourceRecordSet: {
                Name: 'www.lumikki.example',
                Type: 'CNAME',
                TTL: 60,
                ResourceRecords: [{ Value: 'elsewhere.example' }],
              },
            },
          ],
        },
      }),
  },
]

const compute: readonly Edit[] = [
  {
    address: 'aws_instance.app[2]',
    fields: ['tags'],
    echoes: ['tags_all'],
    call: (of) =>
      call('ec2', 'create_tags', {
        Resources: [of('aws_instance.app[2]').id],
        Tags: [{ Key: 'owner', Value: 'nobody' }],
      }),
  },
  {
    address: 'aws_autoscaling_group.app',
    fields: ['max_size'],
    call: () => call('autoscaling', 'update_auto_scaling_group', { AutoScalingGroupName: 'app', MaxSize: 40 }),
  },
  {
    address: 'aws_lambda_function.app["notify"]',
    fields: ['memory_size', 'timeout'],
    call: () =>
      call('lambda', 'update_function_configuration', { FunctionName: 'notify', MemorySize: 512, Timeout: 60 }),
  },
  {
    address: 'aws_lb_target_group.app',
    fields: ['health_check'],
    call: (of) =>
      call('elbv2', 'modify_target_group', {
        TargetGroupArn: of('aws_lb_target_group.app').arn,
        HealthCheckPath: '/ready',
      }),
  },
  {
    address: 'aws_ecr_repository.app[1]',
    fields: ['image_tag_mutability'],
    call: () => call('ecr', 'put_image_tag_mutability', { repositoryName: 'app-1', imageTagMutability: 'MUTABLE' }),
  },
]

const access: readonly Edit[] = [
  {
    address: 'aws_iam_role.app["ecs"]',
    fields: ['assume_role_policy'],
    call: () =>
      call('iam', 'update_assume_role_policy', {
        RoleName: 'app-ecs',
        PolicyDocument: document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }),
      }),
  },
  {
    address: 'aws_iam_role_policy.app["ec2"]',
    fields: ['policy'],
    call: () =>
      call('iam', 'put_role_policy', {
        RoleName: 'app-ec2',
        PolicyName: 'inline',
        PolicyDocument: document({ Effect: 'Allow', Action: '*', Resource: '*' }),
      }),
  },
  {
    address: 'aws_iam_policy.read',
    fields: ['policy'],
    call: (of) =>
      call('iam', 'create_policy_version', {
        PolicyArn: of('aws_iam_policy.read').arn,
        PolicyDocument: document({ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }),
        SetAsDefault: true,
      }),
  },
  {
    address: 'aws_iam_user.people["veera"]',
    fields: ['tags'],
    echoes: ['tags_all'],
    call: () => call('iam', 'tag_user', { UserName: 'veera', Tags: [{ Key: 'badge', Value: '17' }] }),
  },
  {
    address: 'aws_iam_group_membership.admins',
    fields: ['users'],
    call: () => call('iam', 'remove_user_from_group', { GroupName: 'admins', UserName: 'eero' }),
  },
  {
    address: 'aws_kms_key.main["data"]',
    fields: ['enable_key_rotation'],
    call: (of) => call('kms', 'disable_key_rotation', { KeyId: of('aws_kms_key.main["data"]').key_id }),
  },
  {
    address: 'aws_secretsmanager_secret.app["mailer"]',
    fields: ['description'],
    call: () => call('secretsmanager', 'update_secret', { SecretId: 'app/mailer', Description: 'for the mailer' }),
  },
  {
    address: 'aws_cognito_user_pool.shop',
    fields: ['password_policy'],
    call: (of) =>
      call('cognito-idp', 'update_user_pool', {
        UserPoolId: of('aws_cognito_user_pool.shop').id,
        // What is left out is reset.
        DeletionProtection: 'INACTIVE',
        UserPoolTags: of('aws_cognito_user_pool.shop').tags_all,
        Policies: { PasswordPolicy: { MinimumLength: 6, TemporaryPasswordValidityDays: 7 } },
      }),
  },
]

const storage: readonly Edit[] = [
  {
    address: 'aws_s3_bucket_policy.assets',
    fields: ['policy'],
    call: () =>
      call('s3', 'put_bucket_policy', {
        Bucket: 'lumikki-assets',
        Policy: document({
          Sid: 'Read',
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::lumikki-assets/*',
        }),
      }),
  },
  {
    address: 'aws_s3_bucket_versioning.main["logs"]',
    fields: ['versioning_configuration'],
    call: () =>
      call('s3', 'put_bucket_versioning', {
        Bucket: 'lumikki-logs',
        VersioningConfiguration: { Status: 'Suspended' },
      }),
  },
  {
    address: 'aws_s3_bucket_public_access_block.main["backups"]',
    fields: ['block_public_policy', 'restrict_public_buckets'],
    call: () =>
      call('s3', 'put_public_access_block', {
        Bucket: 'lumikki-backups',
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: false,
          RestrictPublicBuckets: false,
        },
      }),
  },
  {
    address: 'aws_dynamodb_table.app["carts"]',
    fields: ['deletion_protection_enabled'],
    call: () => call('dynamodb', 'update_table', { TableName: 'carts', DeletionProtectionEnabled: true }),
  },
  {
    address: 'aws_dynamodb_table_item.first',
    fields: ['item'],
    call: () =>
      call('dynamodb', 'put_item', { TableName: 'orders', Item: { id: { S: '1' }, buyer: { S: 'somebody' } } }),
  },
]

const messages: readonly Edit[] = [
  {
    address: 'aws_sqs_queue.dead',
    fields: ['message_retention_seconds'],
    call: (of) =>
      call('sqs', 'set_queue_attributes', {
        QueueUrl: of('aws_sqs_queue.dead').url,
        Attributes: { MessageRetentionPeriod: '60' },
      }),
  },
  {
    address: 'aws_sqs_queue.us[1]',
    fields: ['tags'],
    echoes: ['tags_all'],
    call: (of) =>
      call('sqs', 'tag_queue', { QueueUrl: of('aws_sqs_queue.us[1]').url, Tags: { urgent: 'yes' } }, virginia),
  },
  {
    address: 'aws_sns_topic.events["carts"]',
    fields: ['display_name'],
    call: (of) =>
      call('sns', 'set_topic_attributes', {
        TopicArn: of('aws_sns_topic.events["carts"]').arn,
        AttributeName: 'DisplayName',
        AttributeValue: 'Baskets',
      }),
  },
  {
    address: 'aws_cloudwatch_log_group.us',
    fields: ['retention_in_days'],
    call: () => call('logs', 'put_retention_policy', { logGroupName: '/app/replica', retentionInDays: 1 }, virginia),
  },
  {
    address: 'aws_cloudwatch_event_rule.nightly',
    fields: ['schedule_expression'],
    call: () => call('events', 'put_rule', { Name: 'nightly', ScheduleExpression: 'rate(2 days)' }),
  },
  {
    address: 'aws_ssm_parameter.app["limits/orders"]',
    fields: ['value'],
    echoes: ['version'],
    call: () =>
      call('ssm', 'put_parameter', { Name: '/app/limits/orders', Value: '1000', Type: 'String', Overwrite: true }),
  },
]

const deletes: readonly Edit[] = [
  {
    address: 'aws_sqs_queue.us[0]',
    fields: 'deleted',
    call: (of) => call('sqs', 'delete_queue', { QueueUrl: of('aws_sqs_queue.us[0]').url }, virginia),
  },
  {
    address: 'aws_ssm_parameter.app["banner"]',
    fields: 'deleted',
    call: () => call('ssm', 'delete_parameter', { Name: '/app/banner' }),
  },
  {
    address: 'aws_iam_user_policy.aino',
    fields: 'deleted',
    call: () => call('iam', 'delete_user_policy', { UserName: 'aino', PolicyName: 'own' }),
  },
  {
    address: 'aws_ebs_volume.data[1]',
    fields: 'deleted',
    call: (of) => call('ec2', 'delete_volume', { VolumeId: of('aws_ebs_volume.data[1]').id }),
  },
  {
    address: 'aws_cloudwatch_metric_alarm.errors["many"]',
    fields: 'deleted',
    call: () => call('cloudwatch', 'delete_alarms', { AlarmNames: ['errors-many'] }),
  },
]

/** Edits and deletes, each of another instance, in 30 types, of two regions: nested blocks, tags, policies, sets, scalars. */
export const edits: readonly Edit[] = [...network, ...compute, ...access, ...storage, ...messages, ...deletes]
