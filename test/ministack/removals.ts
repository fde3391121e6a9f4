import type { AwsCall } from '../estate/moto.ts'
import { account, arnOf, callsOf } from './calls.ts'

/** What somebody deletes, and the things that are gone then: `TYPE ID`. */
export interface Removal {
  readonly call: AwsCall
  readonly gone: readonly string[]
}

const removal = (call: AwsCall, ...gone: readonly string[]): Removal => ({ call, gone })

const ec2 = callsOf('ec2')
const s3 = callsOf('s3')
const iam = callsOf('iam')
const own = `arn:aws:iam::${account}:policy/own`

/** Each goes with what hangs on it, in an order in which AWS lets them go. */
export const removals: readonly Removal[] = [
  removal(
    ec2('revoke_security_group_ingress', { GroupId: '<sg>', SecurityGroupRuleIds: ['<ingress>'] }),
    'aws_vpc_security_group_ingress_rule <ingress>',
  ),
  removal(
    ec2('delete_network_acl_entry', { NetworkAclId: '<acl>', RuleNumber: 100, Egress: false }),
    'aws_network_acl_rule <acl>/ingress/100',
  ),
  removal(ec2('disassociate_route_table', { AssociationId: '<bound>' }), 'aws_route_table_association <bound>'),
  removal(ec2('detach_volume', { VolumeId: '<volume>' }), 'aws_volume_attachment <attachment>'),
  removal(ec2('delete_snapshot', { SnapshotId: '<snapshot>' }), 'aws_ebs_snapshot <snapshot>'),
  removal(ec2('delete_key_pair', { KeyName: 'ops' }), 'aws_key_pair ops'),
  removal(ec2('delete_launch_template', { LaunchTemplateId: '<template>' }), 'aws_launch_template <template>'),
  removal(ec2('terminate_instances', { InstanceIds: ['<instance>'] }), 'aws_instance <instance>'),
  removal(ec2('delete_volume', { VolumeId: '<volume>' }), 'aws_ebs_volume <volume>'),
  removal(ec2('delete_network_interface', { NetworkInterfaceId: '<eni>' }), 'aws_network_interface <eni>'),
  removal(ec2('delete_vpc_endpoints', { VpcEndpointIds: ['<endpoint>'] }), 'aws_vpc_endpoint <endpoint>'),
  removal(
    ec2('delete_vpc_peering_connection', { VpcPeeringConnectionId: '<pcx>' }),
    'aws_vpc_peering_connection <pcx>',
  ),
  removal(ec2('delete_flow_logs', { FlowLogIds: ['<flow>'] }), 'aws_flow_log <flow>'),
  removal(ec2('delete_managed_prefix_list', { PrefixListId: '<prefixes>' }), 'aws_ec2_managed_prefix_list <prefixes>'),
  removal(ec2('delete_nat_gateway', { NatGatewayId: '<nat>' }), 'aws_nat_gateway <nat>'),
  removal(ec2('release_address', { AllocationId: '<eip>' }), 'aws_eip <eip>'),
  removal(
    s3('delete_bucket', { Bucket: 'logs' }),
    'aws_s3_bucket logs',
    ...['acl', 'ownership_controls', 'server_side_encryption_configuration'].map(
      (part) => `aws_s3_bucket_${part} logs`,
    ),
  ),
  removal(s3('delete_bucket_policy', { Bucket: 'data' }), 'aws_s3_bucket_policy data'),
  removal(s3('delete_bucket_lifecycle', { Bucket: 'data' }), 'aws_s3_bucket_lifecycle_configuration data'),
  removal(s3('delete_bucket_cors', { Bucket: 'data' }), 'aws_s3_bucket_cors_configuration data'),
  removal(s3('delete_bucket_website', { Bucket: 'data' }), 'aws_s3_bucket_website_configuration data'),
  removal(s3('delete_public_access_block', { Bucket: 'data' }), 'aws_s3_bucket_public_access_block data'),
  removal(callsOf('efs')('delete_mount_target', { MountTargetId: '<mount>' }), 'aws_efs_mount_target <mount>'),
  removal(callsOf('efs')('delete_access_point', { AccessPointId: '<point>' }), 'aws_efs_access_point <point>'),
  removal(callsOf('efs')('delete_file_system', { FileSystemId: '<efs>' }), 'aws_efs_file_system <efs>'),
  removal(callsOf('backup')('delete_backup_plan', { BackupPlanId: '<plan>' }), 'aws_backup_plan <plan>'),
  removal(iam('delete_access_key', { UserName: 'bob', AccessKeyId: '<key>' }), 'aws_iam_access_key <key>'),
  removal(iam('delete_login_profile', { UserName: 'bob' }), 'aws_iam_user_login_profile bob'),
  removal(iam('delete_user_policy', { UserName: 'bob', PolicyName: 'inline' }), 'aws_iam_user_policy bob:inline'),
  removal(iam('detach_user_policy', { UserName: 'bob', PolicyArn: own }), `aws_iam_user_policy_attachment bob/${own}`),
  removal(iam('delete_user', { UserName: 'bob' }), 'aws_iam_user bob'),
  removal(iam('delete_group_policy', { GroupName: 'ops', PolicyName: 'inline' }), 'aws_iam_group_policy ops:inline'),
  removal(iam('detach_role_policy', { RoleName: 'app', PolicyArn: own }), `aws_iam_role_policy_attachment app/${own}`),
  removal(callsOf('kms')('schedule_key_deletion', { KeyId: '<kms>', PendingWindowInDays: 7 }), 'aws_kms_key <kms>'),
  removal(callsOf('kms')('delete_alias', { AliasName: 'alias/files' }), 'aws_kms_alias alias/files'),
  removal(
    callsOf('secretsmanager')('delete_secret', { SecretId: '<secret>', ForceDeleteWithoutRecovery: true }),
    'aws_secretsmanager_secret <secret>',
  ),
  removal(callsOf('ssm')('delete_parameter', { Name: '/shop/size' }), 'aws_ssm_parameter /shop/size'),
  removal(
    callsOf('cognito-idp')('delete_user_pool_client', { UserPoolId: '<pool>', ClientId: '<app>' }),
    'aws_cognito_user_pool_client <app>',
  ),
  removal(callsOf('dynamodb')('update_table', { TableName: 'orders', DeletionProtectionEnabled: false })),
  removal(callsOf('dynamodb')('delete_table', { TableName: 'orders' }), 'aws_dynamodb_table orders'),
  removal(
    callsOf('rds')('delete_db_instance', { DBInstanceIdentifier: 'shop', SkipFinalSnapshot: true }),
    'aws_db_instance <shop>',
  ),
  removal(
    callsOf('rds')('delete_db_instance', { DBInstanceIdentifier: 'ledger-1', SkipFinalSnapshot: true }),
    'aws_rds_cluster_instance ledger-1',
  ),
  removal(
    callsOf('rds')('delete_db_cluster', { DBClusterIdentifier: 'ledger', SkipFinalSnapshot: true }),
    'aws_rds_cluster ledger',
  ),
  removal(callsOf('rds')('delete_option_group', { OptionGroupName: 'more' }), 'aws_db_option_group more'),
  removal(callsOf('elasticache')('delete_cache_cluster', { CacheClusterId: 'cache' }), 'aws_elasticache_cluster cache'),
  removal(
    callsOf('opensearch')('delete_domain', { DomainName: 'search' }),
    `aws_opensearch_domain ${arnOf('es', 'domain/search')}`,
  ),
  removal(
    callsOf('glue')('delete_table', { DatabaseName: 'lake', Name: 'visits' }),
    `aws_glue_catalog_table ${account}:lake:visits`,
  ),
  removal(callsOf('glue')('delete_job', { JobName: 'load' }), 'aws_glue_job load'),
  removal(callsOf('sqs')('delete_queue', { QueueUrl: '<queue>' }), 'aws_sqs_queue <queue>'),
  removal(
    callsOf('sns')('unsubscribe', { SubscriptionArn: '<subscription>' }),
    'aws_sns_topic_subscription <subscription>',
  ),
  removal(
    callsOf('kinesis')('delete_stream', { StreamName: 'clicks' }),
    `aws_kinesis_stream ${arnOf('kinesis', 'stream/clicks')}`,
  ),
  removal(
    callsOf('events')('remove_targets', { Rule: 'all', EventBusName: 'shop', Ids: ['queue'] }),
    'aws_cloudwatch_event_target shop-all-queue',
  ),
  removal(
    callsOf('events')('delete_rule', { Name: 'all', EventBusName: 'shop' }),
    'aws_cloudwatch_event_rule shop/all',
  ),
  removal(
    callsOf('scheduler')('delete_schedule', { Name: 'hourly', GroupName: 'jobs' }),
    'aws_scheduler_schedule jobs/hourly',
  ),
  removal(
    callsOf('stepfunctions')('delete_state_machine', { stateMachineArn: '<machine>' }),
    'aws_sfn_state_machine <machine>',
  ),
  removal(
    callsOf('lambda')('remove_permission', { FunctionName: 'resize', StatementId: 'bucket' }),
    'aws_lambda_permission resize/bucket',
  ),
  removal(
    callsOf('lambda')('delete_alias', { FunctionName: 'resize', Name: 'live' }),
    `aws_lambda_alias ${arnOf('lambda', 'function:resize:live')}`,
  ),
  removal(
    callsOf('lambda')('delete_event_source_mapping', { UUID: '<mapping>' }),
    'aws_lambda_event_source_mapping <mapping>',
  ),
  removal(
    callsOf('ecr')('delete_repository', { repositoryName: 'shop', force: true }),
    ...['aws_ecr_repository shop', 'aws_ecr_repository_policy shop', 'aws_ecr_lifecycle_policy shop'],
  ),
  removal(
    callsOf('ecs')('delete_service', { cluster: 'jobs', service: 'worker', force: true }),
    `aws_ecs_service ${arnOf('ecs', 'service/jobs/worker')}`,
  ),
  removal(
    callsOf('eks')('delete_nodegroup', { clusterName: 'apps', nodegroupName: 'small' }),
    'aws_eks_node_group apps:small',
  ),
  removal(
    callsOf('autoscaling')('delete_policy', { AutoScalingGroupName: 'fleet', PolicyName: 'more' }),
    'aws_autoscaling_policy fleet/more',
  ),
  removal(
    callsOf('autoscaling')('delete_lifecycle_hook', { AutoScalingGroupName: 'fleet', LifecycleHookName: 'drain' }),
    'aws_autoscaling_lifecycle_hook fleet/drain',
  ),
  removal(
    callsOf('codebuild')('delete_project', { name: 'build' }),
    `aws_codebuild_project ${arnOf('codebuild', 'project/build')}`,
  ),
  removal(callsOf('elbv2')('delete_rule', { RuleArn: '<rule>' }), 'aws_lb_listener_rule <rule>'),
  removal(callsOf('elbv2')('delete_listener', { ListenerArn: '<listener>' }), 'aws_lb_listener <listener>'),
  removal(callsOf('elbv2')('delete_load_balancer', { LoadBalancerArn: '<lb>' }), 'aws_lb <lb>'),
  removal(callsOf('elbv2')('delete_target_group', { TargetGroupArn: '<group>' }), 'aws_lb_target_group <group>'),
  removal(
    callsOf('apigatewayv2')('delete_route', { ApiId: '<http>', RouteId: '<route>' }),
    'aws_apigatewayv2_route <route>',
  ),
  removal(
    callsOf('logs')('delete_subscription_filter', { logGroupName: '/shop/web', filterName: 'all' }),
    'aws_cloudwatch_log_subscription_filter /shop/web|all',
  ),
  removal(
    callsOf('cloudwatch')('delete_alarms', { AlarmNames: ['trouble'] }),
    'aws_cloudwatch_composite_alarm trouble',
  ),
  removal(callsOf('cloudwatch')('delete_alarms', { AlarmNames: ['busy'] }), 'aws_cloudwatch_metric_alarm busy'),
  removal(
    callsOf('cloudtrail')('delete_trail', { Name: 'trail' }),
    `aws_cloudtrail ${arnOf('cloudtrail', 'trail/trail')}`,
  ),
]
