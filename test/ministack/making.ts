// Long because it is one list: a thing of each type that this stand-in knows.
import { functionZip } from '../estate/estate.ts'
import type { AwsCall } from '../estate/moto.ts'
import { account, arnOf, callsOf, json, policy, region } from './calls.ts'

const password = 'example-Only-7-password'
const role = `arn:aws:iam::${account}:role/app`
const trust = policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' })
const reading = policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })
const metric = { SampledRequestsEnabled: false, CloudWatchMetricsEnabled: false, MetricName: 'guard' }

const tags = [{ Key: 'team', Value: 'web' }]
/** Of a thing of EC2, which has its name among them. */
const named = (kind: string, name: string) => ({
  TagSpecifications: [{ ResourceType: kind, Tags: [{ Key: 'Name', Value: name }, ...tags] }],
})

const ec2 = callsOf('ec2')
const network: readonly AwsCall[] = [
  ec2('create_vpc', { CidrBlock: '10.1.0.0/16', ...named('vpc', 'main') }, { vpc: 'Vpc.VpcId' }),
  ec2('create_vpc', { CidrBlock: '10.2.0.0/16', ...named('vpc', 'peer') }, { peer: 'Vpc.VpcId' }),
  ...['a', 'b'].map((zone, at) =>
    ec2(
      'create_subnet',
      {
        ...{ VpcId: '<vpc>', CidrBlock: `10.1.${at}.0/24`, AvailabilityZone: `${region}${zone}` },
        ...named('subnet', `inner-${zone}`),
      },
      { [`subnet-${zone}`]: 'Subnet.SubnetId' },
    ),
  ),
  ec2('create_internet_gateway', named('internet-gateway', 'way'), { igw: 'InternetGateway.InternetGatewayId' }),
  ec2('attach_internet_gateway', { InternetGatewayId: '<igw>', VpcId: '<vpc>' }),
  ec2('create_route_table', { VpcId: '<vpc>', ...named('route-table', 'out') }, { table: 'RouteTable.RouteTableId' }),
  ec2('create_route', { RouteTableId: '<table>', DestinationCidrBlock: '0.0.0.0/0', GatewayId: '<igw>' }),
  ec2('associate_route_table', { RouteTableId: '<table>', SubnetId: '<subnet-a>' }, { bound: 'AssociationId' }),
  ec2('create_network_acl', { VpcId: '<vpc>', ...named('network-acl', 'wall') }, { acl: 'NetworkAcl.NetworkAclId' }),
  ec2('create_network_acl_entry', {
    ...{ NetworkAclId: '<acl>', RuleNumber: 100, Protocol: '6', RuleAction: 'allow', Egress: false },
    ...{ CidrBlock: '10.0.0.0/8', PortRange: { From: 443, To: 443 } },
  }),
  ec2(
    'create_security_group',
    { GroupName: 'web', Description: 'web servers', VpcId: '<vpc>', ...named('security-group', 'web') },
    { sg: 'GroupId' },
  ),
  ec2(
    'authorize_security_group_ingress',
    {
      GroupId: '<sg>',
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'inside' }] },
      ],
    },
    { ingress: 'SecurityGroupRules.0.SecurityGroupRuleId' },
  ),
  ec2('allocate_address', { Domain: 'vpc', ...named('elastic-ip', 'front') }, { eip: 'AllocationId' }),
  ec2(
    'create_nat_gateway',
    { SubnetId: '<subnet-a>', AllocationId: '<eip>', ...named('natgateway', 'nat') },
    { nat: 'NatGateway.NatGatewayId' },
  ),
  ec2(
    'create_dhcp_options',
    { DhcpConfigurations: [{ Key: 'domain-name', Values: ['shop.test'] }], ...named('dhcp-options', 'names') },
    { dhcp: 'DhcpOptions.DhcpOptionsId' },
  ),
  ec2('associate_dhcp_options', { DhcpOptionsId: '<dhcp>', VpcId: '<vpc>' }),
  ec2(
    'create_managed_prefix_list',
    {
      ...{ PrefixListName: 'offices', MaxEntries: 5, AddressFamily: 'IPv4' },
      ...{ Entries: [{ Cidr: '192.0.2.0/24', Description: 'one' }] },
      ...named('prefix-list', 'offices'),
    },
    { prefixes: 'PrefixList.PrefixListId' },
  ),
  ec2(
    'create_vpc_peering_connection',
    { VpcId: '<vpc>', PeerVpcId: '<peer>', ...named('vpc-peering-connection', 'both') },
    { pcx: 'VpcPeeringConnection.VpcPeeringConnectionId' },
  ),
  ec2(
    'create_vpc_endpoint',
    {
      ...{ VpcId: '<vpc>', ServiceName: `com.amazonaws.${region}.s3`, RouteTableIds: ['<table>'] },
      ...named('vpc-endpoint', 's3'),
    },
    { endpoint: 'VpcEndpoint.VpcEndpointId' },
  ),
  ec2(
    'create_flow_logs',
    {
      ...{ ResourceIds: ['<vpc>'], ResourceType: 'VPC', TrafficType: 'REJECT' },
      ...{ LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::logs' },
      ...named('vpc-flow-log', 'flows'),
    },
    { flow: 'FlowLogIds.0' },
  ),
]

const compute: readonly AwsCall[] = [
  ec2('create_key_pair', { KeyName: 'ops', ...named('key-pair', 'ops') }, { pair: 'KeyPairId' }),
  ec2(
    'create_launch_template',
    { LaunchTemplateName: 'fleet', LaunchTemplateData: { InstanceType: 't3.micro' }, ...named('launch-template', 'x') },
    { template: 'LaunchTemplate.LaunchTemplateId' },
  ),
  ec2(
    'run_instances',
    {
      ...{ ImageId: 'ami-0abcdef1234567890', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 },
      ...{ SubnetId: '<subnet-a>', ...named('instance', 'web-1') },
    },
    { instance: 'Instances.0.InstanceId' },
  ),
  ec2('create_volume', { AvailabilityZone: `${region}a`, Size: 8, ...named('volume', 'data') }, { volume: 'VolumeId' }),
  ec2('attach_volume', { VolumeId: '<volume>', InstanceId: '<instance>', Device: '/dev/sdf' }),
  ec2('create_snapshot', { VolumeId: '<volume>', ...named('snapshot', 'nightly') }, { snapshot: 'SnapshotId' }),
  ec2(
    'create_network_interface',
    { SubnetId: '<subnet-a>', Description: 'second', ...named('network-interface', 'second') },
    { eni: 'NetworkInterface.NetworkInterfaceId' },
  ),
]

const s3 = callsOf('s3')
const place = { CreateBucketConfiguration: { LocationConstraint: region } }
const storage: readonly AwsCall[] = [
  s3('create_bucket', { Bucket: 'data', ...place }),
  s3('create_bucket', { Bucket: 'logs', ...place }),
  s3('put_bucket_tagging', { Bucket: 'data', Tagging: { TagSet: tags } }),
  s3('put_bucket_versioning', { Bucket: 'data', VersioningConfiguration: { Status: 'Enabled' } }),
  s3('put_public_access_block', { Bucket: 'data', PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
  s3('put_bucket_policy', {
    Bucket: 'data',
    Policy: policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::data/*' }),
  }),
  s3('put_bucket_lifecycle_configuration', {
    Bucket: 'data',
    LifecycleConfiguration: {
      Rules: [{ ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 30 } }],
    },
  }),
  s3('put_bucket_cors', {
    Bucket: 'data',
    CORSConfiguration: { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://shop.test'] }] },
  }),
  s3('put_bucket_website', { Bucket: 'data', WebsiteConfiguration: { IndexDocument: { Suffix: 'index.html' } } }),
  s3('put_bucket_logging', {
    Bucket: 'data',
    BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'logs', TargetPrefix: 'data/' } },
  }),
  callsOf('efs')(
    'create_file_system',
    { CreationToken: 'home', Tags: [{ Key: 'Name', Value: 'home' }, ...tags] },
    { efs: 'FileSystemId' },
  ),
  callsOf('efs')('create_mount_target', { FileSystemId: '<efs>', SubnetId: '<subnet-a>' }, { mount: 'MountTargetId' }),
  callsOf('efs')(
    'create_access_point',
    { ClientToken: 'one', FileSystemId: '<efs>', Tags: [{ Key: 'Name', Value: 'door' }, ...tags] },
    { point: 'AccessPointId' },
  ),
  callsOf('backup')('create_backup_vault', { BackupVaultName: 'vault', BackupVaultTags: { team: 'web' } }),
  callsOf('backup')(
    'create_backup_plan',
    { BackupPlan: { BackupPlanName: 'nightly', Rules: [{ RuleName: 'nightly', TargetBackupVaultName: 'vault' }] } },
    { plan: 'BackupPlanId' },
  ),
]

const iam = callsOf('iam')
const access: readonly AwsCall[] = [
  iam('create_role', { RoleName: 'app', AssumeRolePolicyDocument: trust, Description: 'the app', Tags: tags }),
  iam('put_role_policy', { RoleName: 'app', PolicyName: 'inline', PolicyDocument: reading }),
  iam('create_policy', { PolicyName: 'own', PolicyDocument: reading, Tags: tags }),
  iam('attach_role_policy', { RoleName: 'app', PolicyArn: `arn:aws:iam::${account}:policy/own` }),
  iam('create_user', { UserName: 'bob', Tags: tags }),
  iam('put_user_policy', { UserName: 'bob', PolicyName: 'inline', PolicyDocument: reading }),
  iam('attach_user_policy', { UserName: 'bob', PolicyArn: `arn:aws:iam::${account}:policy/own` }),
  iam('create_access_key', { UserName: 'bob' }, { key: 'AccessKey.AccessKeyId' }),
  iam('create_login_profile', { UserName: 'bob', Password: password }),
  iam('create_group', { GroupName: 'ops' }),
  iam('put_group_policy', { GroupName: 'ops', PolicyName: 'inline', PolicyDocument: reading }),
  iam('attach_group_policy', { GroupName: 'ops', PolicyArn: `arn:aws:iam::${account}:policy/own` }),
  iam('create_instance_profile', { InstanceProfileName: 'app', Tags: tags }),
  iam('add_role_to_instance_profile', { InstanceProfileName: 'app', RoleName: 'app' }),
  iam('create_open_id_connect_provider', {
    ...{ Url: 'https://token.actions.example.com', ClientIDList: ['sts.amazonaws.com'] },
    ThumbprintList: ['6938fd4d98bab03faadb97b34396831e3780aea1'],
    Tags: tags,
  }),
  callsOf('kms')(
    'create_key',
    { Description: 'files', Tags: [{ TagKey: 'team', TagValue: 'web' }] },
    { kms: 'KeyMetadata.KeyId' },
  ),
  callsOf('kms')('create_alias', { AliasName: 'alias/files', TargetKeyId: '<kms>' }),
  callsOf('secretsmanager')(
    'create_secret',
    { Name: 'shop/database', Description: 'of the shop', SecretString: password, Tags: tags },
    { secret: 'ARN' },
  ),
  callsOf('ssm')('put_parameter', { Name: '/shop/size', Value: '3', Type: 'String', Tags: tags }),
  callsOf('acm')('request_certificate', { DomainName: 'shop.test', Tags: tags }, { certificate: 'CertificateArn' }),
  callsOf('cognito-idp')(
    'create_user_pool',
    { PoolName: 'customers', UserPoolTags: { team: 'web' } },
    { pool: 'UserPool.Id' },
  ),
  callsOf('cognito-idp')(
    'create_user_pool_client',
    { UserPoolId: '<pool>', ClientName: 'app' },
    { app: 'UserPoolClient.ClientId' },
  ),
  callsOf('wafv2')(
    'create_web_acl',
    { Name: 'guard', Scope: 'REGIONAL', DefaultAction: { Allow: {} }, VisibilityConfig: metric, Rules: [], Tags: tags },
    { waf: 'Summary.Id', 'waf-arn': 'Summary.ARN', lock: 'Summary.LockToken' },
  ),
]

const dynamodb = callsOf('dynamodb')
const rds = callsOf('rds')
const databases: readonly AwsCall[] = [
  dynamodb('create_table', {
    ...{ TableName: 'orders', BillingMode: 'PAY_PER_REQUEST', Tags: tags },
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  }),
  rds('create_db_subnet_group', {
    ...{ DBSubnetGroupName: 'inner', DBSubnetGroupDescription: 'inner', Tags: tags },
    SubnetIds: ['<subnet-a>', '<subnet-b>'],
  }),
  rds('create_db_parameter_group', {
    ...{ DBParameterGroupName: 'tuned', DBParameterGroupFamily: 'postgres16', Description: 'tuned', Tags: tags },
  }),
  rds('create_db_cluster_parameter_group', {
    ...{
      DBClusterParameterGroupName: 'tuned',
      DBParameterGroupFamily: 'aurora-postgresql16',
      Description: 'tuned',
      Tags: tags,
    },
  }),
  rds('create_option_group', {
    ...{
      OptionGroupName: 'more',
      EngineName: 'mysql',
      MajorEngineVersion: '8.0',
      OptionGroupDescription: 'more',
      Tags: tags,
    },
  }),
  rds(
    'create_db_instance',
    {
      ...{ DBInstanceIdentifier: 'shop', Engine: 'postgres', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20 },
      ...{ MasterUsername: 'root', MasterUserPassword: password, Tags: tags },
    },
    { shop: 'DBInstance.DbiResourceId' },
  ),
  rds('create_db_cluster', {
    ...{ DBClusterIdentifier: 'ledger', Engine: 'aurora-postgresql' },
    ...{ MasterUsername: 'root', MasterUserPassword: password, Tags: tags },
  }),
  rds('create_db_instance', {
    ...{ DBInstanceIdentifier: 'ledger-1', DBClusterIdentifier: 'ledger' },
    ...{ Engine: 'aurora-postgresql', DBInstanceClass: 'db.t3.medium' },
  }),
  callsOf('elasticache')('create_cache_subnet_group', {
    ...{ CacheSubnetGroupName: 'inner', CacheSubnetGroupDescription: 'inner', SubnetIds: ['<subnet-a>'] },
  }),
  callsOf('elasticache')('create_cache_cluster', {
    ...{ CacheClusterId: 'cache', Engine: 'memcached', CacheNodeType: 'cache.t3.micro', NumCacheNodes: 1 },
  }),
  callsOf('opensearch')('create_domain', { DomainName: 'search', TagList: tags }),
  callsOf('glue')('create_database', { DatabaseInput: { Name: 'lake' }, Tags: { team: 'web' } }),
  callsOf('glue')('create_table', {
    DatabaseName: 'lake',
    TableInput: { Name: 'visits', StorageDescriptor: { Location: 's3://data/visits', Columns: [] } },
  }),
  callsOf('glue')('create_job', {
    ...{ Name: 'load', Role: role, Tags: { team: 'web' } },
    Command: { Name: 'glueetl', ScriptLocation: 's3://data/load.py' },
  }),
]

const [sqs, sns, events, kinesis] = [callsOf('sqs'), callsOf('sns'), callsOf('events'), callsOf('kinesis')]
const messages: readonly AwsCall[] = [
  sqs('create_queue', { QueueName: 'orders', tags: { team: 'web' } }, { queue: 'QueueUrl' }),
  sqs('create_queue', { QueueName: 'mails' }, { mails: 'QueueUrl' }),
  sqs('set_queue_attributes', {
    QueueUrl: '<mails>',
    Attributes: { Policy: policy({ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }) },
  }),
  sns('create_topic', { Name: 'news', Tags: tags }, { topic: 'TopicArn' }),
  sns(
    'subscribe',
    { TopicArn: '<topic>', Protocol: 'sqs', Endpoint: arnOf('sqs', 'orders'), ReturnSubscriptionArn: true },
    { subscription: 'SubscriptionArn' },
  ),
  kinesis('create_stream', { StreamName: 'clicks', ShardCount: 1 }),
  kinesis('add_tags_to_stream', { StreamName: 'clicks', Tags: { team: 'web' } }),
  callsOf('firehose')('create_delivery_stream', {
    DeliveryStreamName: 'out',
    ExtendedS3DestinationConfiguration: { RoleARN: role, BucketARN: 'arn:aws:s3:::data' },
    Tags: tags,
  }),
  events('create_event_bus', { Name: 'shop', Tags: tags }),
  events('put_rule', { Name: 'all', EventBusName: 'shop', EventPattern: json({ source: ['app'] }), Tags: tags }),
  events('put_targets', {
    ...{ Rule: 'all', EventBusName: 'shop', Targets: [{ Id: 'queue', Arn: arnOf('sqs', 'orders') }] },
  }),
  callsOf('scheduler')('create_schedule_group', { Name: 'jobs', Tags: tags }),
  callsOf('scheduler')('create_schedule', {
    ...{ Name: 'hourly', GroupName: 'jobs', ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow: { Mode: 'OFF' } },
    Target: { Arn: arnOf('sqs', 'orders'), RoleArn: role },
  }),
  callsOf('stepfunctions')(
    'create_state_machine',
    {
      ...{ name: 'flow', roleArn: role, tags: [{ key: 'team', value: 'web' }] },
      definition: json({ StartAt: 'end', States: { end: { Type: 'Succeed' } } }),
    },
    { machine: 'stateMachineArn' },
  ),
]

const lambda = callsOf('lambda')
const [ecs, eks, ecr] = [callsOf('ecs'), callsOf('eks'), callsOf('ecr')]
const programs: readonly AwsCall[] = [
  lambda('create_function', {
    ...{ FunctionName: 'resize', Runtime: 'nodejs22.x', Role: role, Handler: 'index.handler', MemorySize: 128 },
    ...{ Code: { ZipFile: { base64: functionZip } }, Tags: { team: 'web' } },
  }),
  lambda('publish_version', { FunctionName: 'resize' }),
  lambda('create_alias', { FunctionName: 'resize', Name: 'live', FunctionVersion: '1' }),
  lambda('add_permission', {
    ...{ FunctionName: 'resize', StatementId: 'bucket', Action: 'lambda:InvokeFunction' },
    ...{ Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::data' },
  }),
  lambda('create_function_url_config', { FunctionName: 'resize', AuthType: 'AWS_IAM' }),
  lambda(
    'create_event_source_mapping',
    { FunctionName: 'resize', EventSourceArn: arnOf('sqs', 'orders'), BatchSize: 10, Tags: { team: 'web' } },
    { mapping: 'UUID' },
  ),
  ecr('create_repository', { repositoryName: 'shop', tags }),
  ecr('set_repository_policy', {
    repositoryName: 'shop',
    policyText: policy({ Effect: 'Allow', Principal: '*', Action: 'ecr:GetDownloadUrlForLayer' }),
  }),
  ecr('put_lifecycle_policy', {
    repositoryName: 'shop',
    lifecyclePolicyText: json({
      rules: [
        {
          ...{ rulePriority: 1, action: { type: 'expire' } },
          selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 5 },
        },
      ],
    }),
  }),
  ecs('create_cluster', { clusterName: 'jobs', tags: [{ key: 'team', value: 'web' }] }),
  ecs('register_task_definition', {
    family: 'worker',
    containerDefinitions: [{ name: 'worker', image: 'worker:1', memory: 128 }],
  }),
  ecs('create_service', {
    cluster: 'jobs',
    serviceName: 'worker',
    taskDefinition: 'worker',
    desiredCount: 0,
    tags: [{ key: 'team', value: 'web' }],
  }),
  eks('create_cluster', { name: 'apps', roleArn: role, resourcesVpcConfig: {}, tags: { team: 'web' } }),
  eks('create_nodegroup', {
    clusterName: 'apps',
    nodegroupName: 'small',
    subnets: ['<subnet-a>'],
    nodeRole: role,
    tags: { team: 'web' },
  }),
  eks('create_addon', { clusterName: 'apps', addonName: 'coredns', tags: { team: 'web' } }),
  callsOf('autoscaling')('create_launch_configuration', {
    ...{ LaunchConfigurationName: 'old', ImageId: 'ami-0abcdef1234567890', InstanceType: 't3.micro' },
  }),
  callsOf('autoscaling')('create_auto_scaling_group', {
    ...{ AutoScalingGroupName: 'fleet', LaunchConfigurationName: 'old', MinSize: 0, MaxSize: 0 },
    ...{ AvailabilityZones: [`${region}a`], Tags: [{ Key: 'team', Value: 'web', PropagateAtLaunch: true }] },
  }),
  callsOf('autoscaling')('put_scaling_policy', {
    ...{ AutoScalingGroupName: 'fleet', PolicyName: 'more', PolicyType: 'SimpleScaling' },
    ...{ AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 1 },
  }),
  callsOf('autoscaling')('put_lifecycle_hook', {
    ...{ AutoScalingGroupName: 'fleet', LifecycleHookName: 'drain' },
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
  }),
  callsOf('autoscaling')('put_scheduled_update_group_action', {
    ...{ AutoScalingGroupName: 'fleet', ScheduledActionName: 'night', Recurrence: '0 1 * * *', MinSize: 0 },
  }),
  callsOf('codebuild')('create_project', {
    ...{ name: 'build', serviceRole: role, tags: [{ key: 'team', value: 'web' }] },
    ...{ source: { type: 'S3', location: 'data/source.zip' }, artifacts: { type: 'NO_ARTIFACTS' } },
    environment: { type: 'LINUX_CONTAINER', image: 'aws/codebuild/standard:7.0', computeType: 'BUILD_GENERAL1_SMALL' },
  }),
]

const [elbv2, apigateway, http] = [callsOf('elbv2'), callsOf('apigateway'), callsOf('apigatewayv2')]
const front: readonly AwsCall[] = [
  elbv2(
    'create_load_balancer',
    { Name: 'front', Subnets: ['<subnet-a>', '<subnet-b>'], SecurityGroups: ['<sg>'], Tags: tags },
    { lb: 'LoadBalancers.0.LoadBalancerArn' },
  ),
  elbv2(
    'create_target_group',
    { Name: 'pool', Protocol: 'HTTP', Port: 80, VpcId: '<vpc>', Tags: tags },
    { group: 'TargetGroups.0.TargetGroupArn' },
  ),
  elbv2(
    'create_listener',
    {
      ...{ LoadBalancerArn: '<lb>', Protocol: 'HTTP', Port: 80 },
      DefaultActions: [{ Type: 'forward', TargetGroupArn: '<group>' }],
    },
    { listener: 'Listeners.0.ListenerArn' },
  ),
  elbv2(
    'create_rule',
    {
      ...{ ListenerArn: '<listener>', Priority: 10, Actions: [{ Type: 'forward', TargetGroupArn: '<group>' }] },
      Conditions: [{ Field: 'path-pattern', Values: ['/api/*'] }],
    },
    { rule: 'Rules.0.RuleArn' },
  ),
  callsOf('route53')('create_hosted_zone', { Name: 'shop.test', CallerReference: 'one' }, { zone: 'HostedZone.Id' }),
  callsOf('route53')('change_resource_record_sets', {
    HostedZoneId: '<zone>',
    ChangeBatch: {
      Changes: [
        {
          Action: 'CREATE',
          ResourceRecordSet: { Name: 'www.shop.test', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] },
        },
      ],
    },
  }),
  callsOf('route53')(
    'create_health_check',
    {
      CallerReference: 'one',
      HealthCheckConfig: { Type: 'HTTP', FullyQualifiedDomainName: 'www.shop.test', Port: 80, ResourcePath: '/' },
    },
    { health: 'HealthCheck.Id' },
  ),
  callsOf('cloudfront')(
    'create_distribution',
    {
      DistributionConfig: {
        ...{ CallerReference: 'one', Comment: 'site', Enabled: true },
        Origins: {
          Quantity: 1,
          Items: [{ Id: 'data', DomainName: 'data.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } }],
        },
        DefaultCacheBehavior: { TargetOriginId: 'data', ViewerProtocolPolicy: 'https-only' },
      },
    },
    { distribution: 'Distribution.Id', etag: 'ETag' },
  ),
  apigateway('create_rest_api', { name: 'shop', tags: { team: 'web' } }, { rest: 'id', root: 'rootResourceId' }),
  apigateway('create_resource', { restApiId: '<rest>', parentId: '<root>', pathPart: 'items' }, { items: 'id' }),
  apigateway('put_method', {
    restApiId: '<rest>',
    resourceId: '<items>',
    httpMethod: 'GET',
    authorizationType: 'NONE',
  }),
  apigateway('put_integration', { restApiId: '<rest>', resourceId: '<items>', httpMethod: 'GET', type: 'MOCK' }),
  apigateway('create_deployment', { restApiId: '<rest>' }, { deployment: 'id' }),
  apigateway('create_stage', { restApiId: '<rest>', stageName: 'live', deploymentId: '<deployment>' }),
  apigateway(
    'create_authorizer',
    {
      ...{
        restApiId: '<rest>',
        name: 'pool',
        type: 'COGNITO_USER_POOLS',
        identitySource: 'method.request.header.Auth',
      },
      providerARNs: [arnOf('cognito-idp', 'userpool/x')],
    },
    { authorizer: 'id' },
  ),
  http('create_api', { Name: 'http', ProtocolType: 'HTTP', Tags: { team: 'web' } }, { http: 'ApiId' }),
  http(
    'create_integration',
    {
      ApiId: '<http>',
      IntegrationType: 'HTTP_PROXY',
      IntegrationUri: 'https://shop.test',
      IntegrationMethod: 'GET',
      PayloadFormatVersion: '1.0',
    },
    { integration: 'IntegrationId' },
  ),
  http('create_route', { ApiId: '<http>', RouteKey: 'GET /items' }, { route: 'RouteId' }),
  http('create_stage', { ApiId: '<http>', StageName: 'live' }),
]

const [logs, cloudwatch] = [callsOf('logs'), callsOf('cloudwatch')]
const operations: readonly AwsCall[] = [
  logs('create_log_group', { logGroupName: '/shop/web', tags: { team: 'web' } }),
  logs('put_metric_filter', {
    ...{ logGroupName: '/shop/web', filterName: 'errors', filterPattern: 'ERROR' },
    metricTransformations: [{ metricName: 'errors', metricNamespace: 'shop', metricValue: '1' }],
  }),
  logs('put_subscription_filter', {
    ...{ logGroupName: '/shop/web', filterName: 'all', filterPattern: '' },
    destinationArn: arnOf('lambda', 'function:resize'),
  }),
  cloudwatch('put_metric_alarm', {
    ...{ AlarmName: 'busy', MetricName: 'CPUUtilization', Namespace: 'AWS/EC2', Statistic: 'Average' },
    ...{ ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 2, Period: 300, Threshold: 80, Tags: tags },
  }),
  cloudwatch('put_composite_alarm', { AlarmName: 'trouble', AlarmRule: 'ALARM(busy)', Tags: tags }),
  cloudwatch('put_dashboard', { DashboardName: 'shop', DashboardBody: json({ widgets: [] }) }),
  callsOf('cloudtrail')('create_trail', { Name: 'trail', S3BucketName: 'logs', TagsList: tags }),
  callsOf('config')('put_configuration_recorder', { ConfigurationRecorder: { name: 'recorder', roleARN: role } }),
  callsOf('config')('put_delivery_channel', { DeliveryChannel: { name: 'channel', s3BucketName: 'logs' } }),
  callsOf('cloudformation')(
    'create_stack',
    {
      ...{ StackName: 'stack', Tags: tags },
      TemplateBody: json({ Resources: { topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'of-stack' } } } }),
    },
    { stack: 'StackId' },
  ),
]

/** In an account that is new, a service after the other. What AWS makes up itself is saved for later calls. */
export const making: readonly AwsCall[] = [
  ...network,
  ...storage,
  ...access,
  ...compute,
  ...databases,
  ...messages,
  ...programs,
  ...front,
  ...operations,
]
