// Long because it is one list: an edit of a thing of each service, and what of it changes.
import type { AwsCall } from '../estate/moto.ts'
import { account, arnOf, callsOf, policy } from './calls.ts'

/** What somebody changes by hand, and which fields of which thing show it. */
export interface Edit {
  readonly call: AwsCall
  readonly type: string
  /** May hold what was saved when things were made. */
  readonly id: string
  readonly fields: readonly string[]
}

const edit = (call: AwsCall, type: string, id: string, ...fields: readonly string[]): Edit => ({
  ...{ call, type, id, fields },
})

const ec2 = callsOf('ec2')
const s3 = callsOf('s3')
const iam = callsOf('iam')
const [db, team] = [{ Key: 'team', Value: 'db' }, 'tags.team']
const writing = policy({ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' })
/** The one statement of a policy is taken away, and another one is there. */
const statementOf = (member: string): string[] => Array(2).fill(`configuration.${member}.Statement[0]`)
const ofBucket = (part: string): string => `aws_s3_bucket_${part}`

const network: readonly Edit[] = [
  edit(ec2('create_tags', { Resources: ['<vpc>'], Tags: [db] }), 'aws_vpc', '<vpc>', team),
  edit(
    ec2('modify_vpc_attribute', { VpcId: '<peer>', EnableDnsHostnames: { Value: true } }),
    ...(['aws_vpc', '<peer>', 'configuration.EnableDnsHostnames'] as const),
  ),
  edit(
    ec2('modify_subnet_attribute', { SubnetId: '<subnet-a>', MapPublicIpOnLaunch: { Value: true } }),
    ...(['aws_subnet', '<subnet-a>', 'configuration.MapPublicIpOnLaunch'] as const),
  ),
  edit(
    ec2('modify_security_group_rules', {
      GroupId: '<sg>',
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: '<ingress>',
          SecurityGroupRule: {
            IpProtocol: 'tcp',
            FromPort: 443,
            ToPort: 443,
            CidrIpv4: '0.0.0.0/0',
            Description: 'inside',
          },
        },
      ],
    }),
    ...(['aws_vpc_security_group_ingress_rule', '<ingress>', 'configuration.CidrIpv4'] as const),
  ),
  edit(
    ec2('replace_network_acl_entry', {
      ...{ NetworkAclId: '<acl>', RuleNumber: 100, Protocol: '6', RuleAction: 'deny', Egress: false },
      ...{ CidrBlock: '10.0.0.0/8', PortRange: { From: 443, To: 443 } },
    }),
    ...(['aws_network_acl_rule', '<acl>/ingress/100', 'configuration.RuleAction'] as const),
  ),
  edit(ec2('create_tags', { Resources: ['<igw>'], Tags: [db] }), 'aws_internet_gateway', '<igw>', team),
  edit(ec2('create_tags', { Resources: ['<table>'], Tags: [db] }), 'aws_route_table', '<table>', team),
  edit(ec2('create_tags', { Resources: ['<eip>'], Tags: [db] }), 'aws_eip', '<eip>', team),
  edit(ec2('create_tags', { Resources: ['<nat>'], Tags: [db] }), 'aws_nat_gateway', '<nat>', team),
  edit(ec2('create_tags', { Resources: ['<dhcp>'], Tags: [db] }), 'aws_vpc_dhcp_options', '<dhcp>', team),
  edit(ec2('create_tags', { Resources: ['<pcx>'], Tags: [db] }), 'aws_vpc_peering_connection', '<pcx>', team),
  edit(ec2('create_tags', { Resources: ['<endpoint>'], Tags: [db] }), 'aws_vpc_endpoint', '<endpoint>', team),
]

const compute: readonly Edit[] = [
  edit(ec2('create_tags', { Resources: ['<instance>'], Tags: [db] }), 'aws_instance', '<instance>', team),
  edit(
    ec2('modify_volume', { VolumeId: '<volume>', Size: 9 }),
    ...(['aws_ebs_volume', '<volume>', 'configuration.Size'] as const),
  ),
  edit(ec2('create_tags', { Resources: ['<snapshot>'], Tags: [db] }), 'aws_ebs_snapshot', '<snapshot>', team),
  edit(ec2('create_tags', { Resources: ['<template>'], Tags: [db] }), 'aws_launch_template', '<template>', team),
]

const storage: readonly Edit[] = [
  edit(s3('put_bucket_tagging', { Bucket: 'data', Tagging: { TagSet: [db] } }), 'aws_s3_bucket', 'data', team),
  edit(
    s3('put_bucket_versioning', { Bucket: 'data', VersioningConfiguration: { Status: 'Suspended' } }),
    ...([ofBucket('versioning'), 'data', 'configuration.Status'] as const),
  ),
  edit(
    s3('put_public_access_block', { Bucket: 'data', PublicAccessBlockConfiguration: { BlockPublicAcls: false } }),
    ...([ofBucket('public_access_block'), 'data', 'configuration.BlockPublicAcls'] as const),
  ),
  edit(
    s3('put_bucket_policy', { Bucket: 'data', Policy: writing }),
    ...([ofBucket('policy'), 'data'] as const),
    ...statementOf('Policy'),
  ),
  edit(
    s3('put_bucket_lifecycle_configuration', {
      Bucket: 'data',
      LifecycleConfiguration: {
        Rules: [{ ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 60 } }],
      },
    }),
    ...([ofBucket('lifecycle_configuration'), 'data', 'configuration.Rules[0].Expiration.Days'] as const),
  ),
  edit(
    s3('put_bucket_website', { Bucket: 'data', WebsiteConfiguration: { IndexDocument: { Suffix: 'home.html' } } }),
    ...([ofBucket('website_configuration'), 'data', 'configuration.IndexDocument.Suffix'] as const),
  ),
  edit(
    s3('put_bucket_cors', {
      Bucket: 'data',
      CORSConfiguration: { CORSRules: [{ AllowedMethods: ['PUT'], AllowedOrigins: ['https://shop.test'] }] },
    }),
    ...([ofBucket('cors_configuration'), 'data', 'configuration.CORSRules[0].AllowedMethods[0]'] as const),
  ),
  edit(
    s3('put_bucket_logging', {
      Bucket: 'data',
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'logs', TargetPrefix: 'other/' } },
    }),
    ...([ofBucket('logging'), 'data', 'configuration.TargetPrefix'] as const),
  ),
  edit(
    callsOf('efs')('tag_resource', { ResourceId: '<efs>', Tags: [db] }),
    ...(['aws_efs_file_system', '<efs>', team] as const),
  ),
  edit(
    callsOf('backup')('tag_resource', { ResourceArn: arnOf('backup', 'backup-vault:vault'), Tags: { team: 'db' } }),
    ...(['aws_backup_vault', 'vault', team] as const),
  ),
]

const access: readonly Edit[] = [
  edit(
    iam('update_role', { RoleName: 'app', Description: 'another app' }),
    ...(['aws_iam_role', 'app', 'configuration.Description'] as const),
  ),
  edit(
    iam('put_role_policy', { RoleName: 'app', PolicyName: 'inline', PolicyDocument: writing }),
    ...(['aws_iam_role_policy', 'app:inline'] as const),
    ...statementOf('PolicyDocument'),
  ),
  edit(iam('tag_user', { UserName: 'bob', Tags: [db] }), 'aws_iam_user', 'bob', team),
  edit(
    iam('put_user_policy', { UserName: 'bob', PolicyName: 'inline', PolicyDocument: writing }),
    ...(['aws_iam_user_policy', 'bob:inline'] as const),
    ...statementOf('PolicyDocument'),
  ),
  edit(
    iam('put_group_policy', { GroupName: 'ops', PolicyName: 'inline', PolicyDocument: writing }),
    ...(['aws_iam_group_policy', 'ops:inline'] as const),
    ...statementOf('PolicyDocument'),
  ),
  edit(
    iam('update_access_key', { UserName: 'bob', AccessKeyId: '<key>', Status: 'Inactive' }),
    ...(['aws_iam_access_key', '<key>', 'configuration.Status'] as const),
  ),
  edit(
    iam('create_policy_version', {
      ...{ PolicyArn: `arn:aws:iam::${account}:policy/own`, PolicyDocument: writing, SetAsDefault: true },
    }),
    ...(['aws_iam_policy', `arn:aws:iam::${account}:policy/own`, 'configuration.DefaultVersionId'] as const),
    ...statementOf('Document'),
  ),
  edit(
    callsOf('kms')('enable_key_rotation', { KeyId: '<kms>' }),
    ...(['aws_kms_key', '<kms>', 'configuration.KeyRotationEnabled'] as const),
  ),
  edit(
    callsOf('secretsmanager')('update_secret', { SecretId: '<secret>', Description: 'of another' }),
    ...(['aws_secretsmanager_secret', '<secret>', 'configuration.Description'] as const),
  ),
  edit(
    callsOf('ssm')('put_parameter', { Name: '/shop/size', Value: '4', Type: 'String', Overwrite: true }),
    ...(['aws_ssm_parameter', '/shop/size', 'configuration.Value', 'configuration.Version'] as const),
  ),
  edit(
    callsOf('acm')('add_tags_to_certificate', { CertificateArn: '<certificate>', Tags: [db] }),
    ...(['aws_acm_certificate', '<certificate>', team] as const),
  ),
  edit(
    callsOf('cognito-idp')('tag_resource', {
      ResourceArn: arnOf('cognito-idp', 'userpool/<pool>'),
      Tags: { team: 'db' },
    }),
    ...(['aws_cognito_user_pool', '<pool>', team] as const),
  ),
  edit(
    callsOf('wafv2')('tag_resource', { ResourceARN: '<waf-arn>', Tags: [db] }),
    ...(['aws_wafv2_web_acl', '<waf>', team] as const),
  ),
]

const rds = callsOf('rds')
const databases: readonly Edit[] = [
  edit(
    callsOf('dynamodb')('update_table', { TableName: 'orders', DeletionProtectionEnabled: true }),
    ...(['aws_dynamodb_table', 'orders', 'configuration.DeletionProtectionEnabled'] as const),
  ),
  edit(
    rds('modify_db_instance', { DBInstanceIdentifier: 'shop', AllocatedStorage: 30, ApplyImmediately: true }),
    ...(['aws_db_instance', '<shop>', 'configuration.AllocatedStorage'] as const),
  ),
  edit(
    rds('modify_db_cluster', { DBClusterIdentifier: 'ledger', BackupRetentionPeriod: 7 }),
    ...(['aws_rds_cluster', 'ledger', 'configuration.BackupRetentionPeriod'] as const),
  ),
  edit(
    rds('modify_db_subnet_group', {
      DBSubnetGroupName: 'inner',
      SubnetIds: ['<subnet-a>', '<subnet-b>'],
      DBSubnetGroupDescription: 'other',
    }),
    ...(['aws_db_subnet_group', 'inner', 'configuration.DBSubnetGroupDescription'] as const),
  ),
  edit(
    rds('add_tags_to_resource', { ResourceName: arnOf('rds', 'pg:tuned'), Tags: [db] }),
    ...(['aws_db_parameter_group', 'tuned', team] as const),
  ),
  edit(
    callsOf('elasticache')('modify_cache_cluster', {
      CacheClusterId: 'cache',
      NumCacheNodes: 2,
      ApplyImmediately: true,
    }),
    ...(['aws_elasticache_cluster', 'cache', 'configuration.NumCacheNodes', 'configuration.CacheNodes[1]'] as const),
  ),
  edit(
    callsOf('opensearch')('add_tags', { ARN: arnOf('es', 'domain/search'), TagList: [db] }),
    ...(['aws_opensearch_domain', arnOf('es', 'domain/search'), team] as const),
  ),
  edit(
    callsOf('glue')('update_database', { Name: 'lake', DatabaseInput: { Name: 'lake', Description: 'deep' } }),
    ...(['aws_glue_catalog_database', `${account}:lake`, 'configuration.Description'] as const),
  ),
  edit(
    callsOf('glue')('update_job', {
      JobName: 'load',
      JobUpdate: { Timeout: 60, Command: { Name: 'glueetl', ScriptLocation: 's3://data/load.py' } },
    }),
    ...(['aws_glue_job', 'load', 'configuration.Timeout'] as const),
  ),
]

const messages: readonly Edit[] = [
  edit(
    callsOf('sqs')('set_queue_attributes', { QueueUrl: '<queue>', Attributes: { VisibilityTimeout: '41' } }),
    ...(['aws_sqs_queue', '<queue>', 'configuration.VisibilityTimeout'] as const),
  ),
  edit(
    callsOf('sns')('set_topic_attributes', {
      TopicArn: '<topic>',
      AttributeName: 'DisplayName',
      AttributeValue: 'News',
    }),
    ...(['aws_sns_topic', '<topic>', 'configuration.DisplayName'] as const),
  ),
  edit(
    callsOf('sns')('set_subscription_attributes', {
      ...{ SubscriptionArn: '<subscription>', AttributeName: 'RawMessageDelivery', AttributeValue: 'true' },
    }),
    ...(['aws_sns_topic_subscription', '<subscription>', 'configuration.RawMessageDelivery'] as const),
  ),
  edit(
    callsOf('kinesis')('add_tags_to_stream', { StreamName: 'clicks', Tags: { team: 'db' } }),
    ...(['aws_kinesis_stream', arnOf('kinesis', 'stream/clicks'), team] as const),
  ),
  edit(
    callsOf('firehose')('tag_delivery_stream', { DeliveryStreamName: 'out', Tags: [db] }),
    ...(['aws_kinesis_firehose_delivery_stream', arnOf('firehose', 'deliverystream/out'), team] as const),
  ),
  edit(
    callsOf('events')('disable_rule', { Name: 'all', EventBusName: 'shop' }),
    ...(['aws_cloudwatch_event_rule', 'shop/all', 'configuration.State'] as const),
  ),
  edit(
    callsOf('events')('put_targets', {
      ...{ Rule: 'all', EventBusName: 'shop', Targets: [{ Id: 'queue', Arn: arnOf('sqs', 'mails') }] },
    }),
    ...(['aws_cloudwatch_event_target', 'shop-all-queue', 'configuration.Arn'] as const),
  ),
  edit(
    callsOf('scheduler')('tag_resource', { ResourceArn: arnOf('scheduler', 'schedule-group/jobs'), Tags: [db] }),
    ...(['aws_scheduler_schedule_group', 'jobs', team] as const),
  ),
  edit(
    callsOf('scheduler')('update_schedule', {
      ...{
        Name: 'hourly',
        GroupName: 'jobs',
        ScheduleExpression: 'rate(2 hours)',
        FlexibleTimeWindow: { Mode: 'OFF' },
      },
      Target: { Arn: arnOf('sqs', 'orders'), RoleArn: `arn:aws:iam::${account}:role/app` },
    }),
    ...(['aws_scheduler_schedule', 'jobs/hourly', 'configuration.ScheduleExpression'] as const),
  ),
  edit(
    callsOf('stepfunctions')('tag_resource', { resourceArn: '<machine>', tags: [{ key: 'team', value: 'db' }] }),
    ...(['aws_sfn_state_machine', '<machine>', team] as const),
  ),
]

const lambda = callsOf('lambda')
const programs: readonly Edit[] = [
  edit(
    lambda('update_function_configuration', { FunctionName: 'resize', MemorySize: 256 }),
    ...(['aws_lambda_function', 'resize', 'configuration.MemorySize'] as const),
  ),
  edit(
    lambda('update_alias', { FunctionName: 'resize', Name: 'live', Description: 'what runs' }),
    ...(['aws_lambda_alias', arnOf('lambda', 'function:resize:live'), 'configuration.Description'] as const),
  ),
  edit(
    lambda('update_event_source_mapping', { UUID: '<mapping>', BatchSize: 5 }),
    ...(['aws_lambda_event_source_mapping', '<mapping>', 'configuration.BatchSize'] as const),
  ),
  edit(
    lambda('update_function_url_config', { FunctionName: 'resize', AuthType: 'NONE' }),
    ...(['aws_lambda_function_url', 'resize', 'configuration.AuthType'] as const),
  ),
  edit(
    callsOf('ecr')('put_image_tag_mutability', { repositoryName: 'shop', imageTagMutability: 'IMMUTABLE' }),
    ...(['aws_ecr_repository', 'shop', 'configuration.imageTagMutability'] as const),
  ),
  edit(
    callsOf('ecs')('update_service', { cluster: 'jobs', service: 'worker', desiredCount: 2 }),
    ...(['aws_ecs_service', arnOf('ecs', 'service/jobs/worker'), 'configuration.desiredCount'] as const),
  ),
  edit(
    callsOf('ecs')('tag_resource', { resourceArn: arnOf('ecs', 'cluster/jobs'), tags: [{ key: 'team', value: 'db' }] }),
    ...(['aws_ecs_cluster', arnOf('ecs', 'cluster/jobs'), team] as const),
  ),
  edit(
    callsOf('autoscaling')('update_auto_scaling_group', { AutoScalingGroupName: 'fleet', MaxSize: 3 }),
    ...(['aws_autoscaling_group', 'fleet', 'configuration.MaxSize'] as const),
  ),
  edit(
    callsOf('autoscaling')('put_scaling_policy', {
      ...{ AutoScalingGroupName: 'fleet', PolicyName: 'more', PolicyType: 'SimpleScaling' },
      ...{ AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 2 },
    }),
    // This stand-in gives it another ARN, too.
    ...([
      'aws_autoscaling_policy',
      'fleet/more',
      'configuration.ScalingAdjustment',
      'configuration.PolicyARN',
    ] as const),
  ),
  edit(
    callsOf('autoscaling')('put_lifecycle_hook', {
      ...{ AutoScalingGroupName: 'fleet', LifecycleHookName: 'drain', HeartbeatTimeout: 600 },
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    }),
    ...(['aws_autoscaling_lifecycle_hook', 'fleet/drain', 'configuration.HeartbeatTimeout'] as const),
  ),
  edit(
    callsOf('codebuild')('update_project', { name: 'build', description: 'builds' }),
    ...(['aws_codebuild_project', arnOf('codebuild', 'project/build'), 'configuration.description'] as const),
  ),
]

const front: readonly Edit[] = [
  edit(
    callsOf('elbv2')('modify_load_balancer_attributes', {
      ...{ LoadBalancerArn: '<lb>', Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '90' }] },
    }),
    ...(['aws_lb', '<lb>', 'configuration.Attributes[Key=idle_timeout.timeout_seconds].Value'] as const),
  ),
  edit(
    callsOf('elbv2')('modify_listener', { ListenerArn: '<listener>', Port: 8080 }),
    ...(['aws_lb_listener', '<listener>', 'configuration.Port'] as const),
  ),
  edit(
    callsOf('elbv2')('set_rule_priorities', { RulePriorities: [{ RuleArn: '<rule>', Priority: 20 }] }),
    ...(['aws_lb_listener_rule', '<rule>', 'configuration.Priority'] as const),
  ),
  edit(
    callsOf('elbv2')('modify_target_group', { TargetGroupArn: '<group>', HealthCheckPath: '/health' }),
    ...(['aws_lb_target_group', '<group>', 'configuration.HealthCheckPath'] as const),
  ),
  edit(
    callsOf('route53')('change_resource_record_sets', {
      HostedZoneId: '<zone>',
      ChangeBatch: {
        Changes: [
          {
            Action: 'UPSERT',
            ResourceRecordSet: { Name: 'www.shop.test', Type: 'A', TTL: 90, ResourceRecords: [{ Value: '192.0.2.1' }] },
          },
        ],
      },
    }),
    ...(['aws_route53_record', '<record>', 'configuration.TTL'] as const),
  ),
  edit(
    callsOf('apigateway')('update_rest_api', {
      ...{ restApiId: '<rest>', patchOperations: [{ op: 'replace', path: '/description', value: 'the shop' }] },
    }),
    ...(['aws_api_gateway_rest_api', '<rest>', 'configuration.description'] as const),
  ),
  edit(
    callsOf('apigatewayv2')('update_api', { ApiId: '<http>', Description: 'the shop' }),
    ...(['aws_apigatewayv2_api', '<http>', 'configuration.Description'] as const),
  ),
  edit(
    callsOf('apigatewayv2')('update_route', { ApiId: '<http>', RouteId: '<route>', RouteKey: 'GET /things' }),
    ...(['aws_apigatewayv2_route', '<route>', 'configuration.RouteKey', 'name'] as const),
  ),
]

const operations: readonly Edit[] = [
  edit(
    callsOf('logs')('put_retention_policy', { logGroupName: '/shop/web', retentionInDays: 30 }),
    ...(['aws_cloudwatch_log_group', '/shop/web', 'configuration.retentionInDays'] as const),
  ),
  edit(
    callsOf('logs')('put_metric_filter', {
      ...{ logGroupName: '/shop/web', filterName: 'errors', filterPattern: 'FATAL' },
      metricTransformations: [{ metricName: 'errors', metricNamespace: 'shop', metricValue: '1' }],
    }),
    ...([
      'aws_cloudwatch_log_metric_filter',
      '/shop/web:errors',
      'configuration.filterPattern',
      'configuration.creationTime',
    ] as const),
  ),
  edit(
    callsOf('cloudwatch')('put_metric_alarm', {
      ...{ AlarmName: 'busy', MetricName: 'CPUUtilization', Namespace: 'AWS/EC2', Statistic: 'Average' },
      ...{ ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 2, Period: 300, Threshold: 90 },
    }),
    ...(['aws_cloudwatch_metric_alarm', 'busy', 'configuration.Threshold'] as const),
  ),
  edit(
    callsOf('cloudtrail')('update_trail', { Name: 'trail', S3KeyPrefix: 'all' }),
    ...(['aws_cloudtrail', arnOf('cloudtrail', 'trail/trail'), 'configuration.S3KeyPrefix'] as const),
  ),
  edit(
    callsOf('config')('put_delivery_channel', { DeliveryChannel: { name: 'channel', s3BucketName: 'data' } }),
    ...(['aws_config_delivery_channel', 'channel', 'configuration.s3BucketName'] as const),
  ),
]

export const edits: readonly Edit[] = [
  ...network,
  ...compute,
  ...storage,
  ...access,
  ...databases,
  ...messages,
  ...programs,
  ...front,
  ...operations,
]
