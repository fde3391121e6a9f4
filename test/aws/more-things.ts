import type { AwsCall } from '../estate/moto.ts'

const call = (service: string, method: string, given: object): AwsCall => ({
  service,
  region: 'eu-west-1',
  method,
  arguments: given,
})

const json = (value: object): string => JSON.stringify(value)
const role = 'arn:aws:iam::123456789012:role/app'
const bucket = 'arn:aws:s3:::data'
const metric = { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: 'guard' }
const password = 'example-Only-7-password'

/** Things of the services that the estate has nothing of, each by its own call. */
export const makingMore: readonly AwsCall[] = [
  call('elb', 'create_load_balancer', {
    LoadBalancerName: 'old',
    Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 8080 }],
    AvailabilityZones: ['eu-west-1a'],
  }),
  call('ec2', 'create_transit_gateway', {
    TagSpecifications: [{ ResourceType: 'transit-gateway', Tags: [{ Key: 'Name', Value: 'hub' }] }],
  }),
  call('rds', 'create_db_instance', {
    DBInstanceIdentifier: 'orders',
    Engine: 'postgres',
    DBInstanceClass: 'db.t3.micro',
    AllocatedStorage: 20,
    MasterUsername: 'root',
    MasterUserPassword: password,
  }),
  call('rds', 'create_db_cluster', {
    DBClusterIdentifier: 'ledger',
    Engine: 'aurora-postgresql',
    MasterUsername: 'root',
    MasterUserPassword: password,
  }),
  call('rds', 'create_db_instance', {
    DBInstanceIdentifier: 'ledger-1',
    DBClusterIdentifier: 'ledger',
    Engine: 'aurora-postgresql',
    DBInstanceClass: 'db.t3.medium',
  }),
  call('rds', 'create_db_cluster_parameter_group', {
    DBClusterParameterGroupName: 'ledger',
    DBParameterGroupFamily: 'aurora-postgresql16',
    Description: 'ledger',
  }),
  call('wafv2', 'create_web_acl', {
    Name: 'guard',
    Scope: 'REGIONAL',
    DefaultAction: { Allow: {} },
    VisibilityConfig: metric,
    Rules: [],
  }),
  call('firehose', 'create_delivery_stream', {
    DeliveryStreamName: 'out',
    ExtendedS3DestinationConfiguration: { RoleARN: role, BucketARN: bucket },
  }),
  call('stepfunctions', 'create_state_machine', {
    name: 'flow',
    definition: json({ StartAt: 'end', States: { end: { Type: 'Succeed' } } }),
    roleArn: role,
  }),
  call('opensearch', 'create_domain', { DomainName: 'search' }),
  call('redshift', 'create_cluster', {
    ClusterIdentifier: 'warehouse',
    NodeType: 'ra3.xlplus',
    MasterUsername: 'root',
    MasterUserPassword: password,
  }),
  call('codebuild', 'create_project', {
    name: 'build',
    source: { type: 'S3', location: 'data/source.zip' },
    artifacts: { type: 'NO_ARTIFACTS' },
    environment: { type: 'LINUX_CONTAINER', image: 'aws/codebuild/standard:7.0', computeType: 'BUILD_GENERAL1_SMALL' },
    serviceRole: role,
  }),
  call('backup', 'create_backup_vault', { BackupVaultName: 'vault' }),
  call('backup', 'create_backup_plan', {
    BackupPlan: { BackupPlanName: 'nightly', Rules: [{ RuleName: 'nightly', TargetBackupVaultName: 'vault' }] },
  }),
  call('guardduty', 'create_detector', { Enable: true, Tags: { Name: 'watch' } }),
  call('config', 'put_configuration_recorder', { ConfigurationRecorder: { name: 'recorder', roleARN: role } }),
  call('cloudtrail', 'create_trail', { Name: 'trail', S3BucketName: 'logs' }),
  call('cloudformation', 'create_stack', {
    StackName: 'stack',
    TemplateBody: json({ Resources: { topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'of-stack' } } } }),
  }),
  call('cloudfront', 'create_distribution', {
    DistributionConfig: {
      CallerReference: 'one',
      Comment: 'site',
      Enabled: true,
      Origins: {
        Quantity: 1,
        Items: [{ Id: 'data', DomainName: 'data.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } }],
      },
      DefaultCacheBehavior: { TargetOriginId: 'data', ViewerProtocolPolicy: 'https-only' },
    },
  }),
  call('elasticache', 'create_cache_cluster', {
    CacheClusterId: 'cache',
    Engine: 'memcached',
    CacheNodeType: 'cache.t3.micro',
    NumCacheNodes: 1,
  }),
  call('elasticache', 'create_replication_group', {
    ReplicationGroupId: 'sessions',
    ReplicationGroupDescription: 'sessions',
  }),
  call('eks', 'create_cluster', { name: 'apps', roleArn: role, resourcesVpcConfig: {} }),
  call('eks', 'create_nodegroup', {
    clusterName: 'apps',
    nodegroupName: 'small',
    subnets: ['subnet-1'],
    nodeRole: role,
  }),
  call('ecs', 'create_cluster', { clusterName: 'jobs' }),
  call('ecs', 'register_task_definition', {
    family: 'worker',
    containerDefinitions: [{ name: 'worker', image: 'worker:1', memory: 128 }],
  }),
  call('ecs', 'create_service', {
    cluster: 'jobs',
    serviceName: 'worker',
    taskDefinition: 'worker',
    desiredCount: 1,
  }),
  call('apigatewayv2', 'create_api', { Name: 'http', ProtocolType: 'HTTP' }),
  call('glue', 'create_job', {
    Name: 'load',
    Role: role,
    Command: { Name: 'glueetl', ScriptLocation: 's3://data/load.py' },
  }),
  call('events', 'create_event_bus', { Name: 'own' }),
  call('events', 'put_rule', { Name: 'all', EventBusName: 'own', EventPattern: json({ source: ['app'] }) }),
  call('events', 'put_targets', {
    Rule: 'all',
    EventBusName: 'own',
    Targets: [{ Id: 'queue', Arn: 'arn:aws:sqs:eu-west-1:123456789012:orders' }],
  }),
  call('scheduler', 'create_schedule', {
    Name: 'hourly',
    ScheduleExpression: 'rate(1 hour)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: 'arn:aws:sqs:eu-west-1:123456789012:orders', RoleArn: role },
  }),
  call('autoscaling', 'create_launch_configuration', {
    LaunchConfigurationName: 'old',
    ImageId: 'ami-04681a1dbd79675a5',
    InstanceType: 't3.micro',
  }),
  call('autoscaling', 'create_auto_scaling_group', {
    AutoScalingGroupName: 'fleet',
    LaunchConfigurationName: 'old',
    MinSize: 0,
    MaxSize: 0,
    AvailabilityZones: ['eu-west-1a'],
  }),
  call('autoscaling', 'put_scaling_policy', {
    AutoScalingGroupName: 'fleet',
    PolicyName: 'more',
    PolicyType: 'SimpleScaling',
    AdjustmentType: 'ChangeInCapacity',
    ScalingAdjustment: 1,
  }),
  call('autoscaling', 'put_lifecycle_hook', {
    AutoScalingGroupName: 'fleet',
    LifecycleHookName: 'drain',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
  }),
  call('iam', 'create_login_profile', { UserName: 'bob', Password: password }),
  call('organizations', 'create_organization', { FeatureSet: 'ALL' }),
]

/** Which types that makes, each with its names. */
export const madeMore: Readonly<Record<string, string[]>> = {
  aws_apigatewayv2_api: ['http'],
  aws_autoscaling_group: ['fleet'],
  aws_autoscaling_lifecycle_hook: ['drain'],
  aws_autoscaling_policy: ['more'],
  aws_backup_plan: ['nightly'],
  aws_backup_vault: ['vault'],
  aws_cloudformation_stack: ['stack'],
  aws_cloudtrail: ['trail'],
  aws_cloudwatch_event_bus: ['own'],
  aws_cloudwatch_event_rule: ['all'],
  aws_cloudwatch_event_target: ['queue'],
  aws_codebuild_project: ['build'],
  aws_config_configuration_recorder: ['recorder'],
  aws_db_instance: ['orders'],
  aws_ec2_transit_gateway: ['hub'],
  aws_ecs_cluster: ['jobs'],
  aws_ecs_service: ['worker'],
  aws_ecs_task_definition: ['worker'],
  aws_eks_cluster: ['apps'],
  aws_eks_node_group: ['small'],
  aws_elasticache_cluster: ['cache'],
  aws_elasticache_replication_group: ['sessions'],
  aws_elb: ['old'],
  aws_glue_job: ['load'],
  aws_guardduty_detector: ['watch'],
  aws_iam_user_login_profile: ['bob'],
  aws_kinesis_firehose_delivery_stream: ['out'],
  aws_opensearch_domain: ['search'],
  aws_organizations_account: ['master'],
  aws_rds_cluster: ['ledger'],
  aws_rds_cluster_instance: ['ledger-1'],
  aws_rds_cluster_parameter_group: ['ledger'],
  aws_redshift_cluster: ['warehouse'],
  aws_scheduler_schedule: ['hourly'],
  aws_sfn_state_machine: ['flow'],
  aws_wafv2_web_acl: ['guard'],
}
