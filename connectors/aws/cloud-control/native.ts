/**
 * CloudFormation's names of what rows of the table read, by service: Cloud Control doesn't read them too, or one thing would be
 * two resources in two shapes.
 */
const byService: Readonly<Record<string, string>> = {
  ApiGateway: 'Authorizer Deployment Method Resource RestApi Stage',
  ApiGatewayV2: 'Api Integration Route Stage',
  ApplicationAutoScaling: 'ScalableTarget ScalingPolicy',
  AutoScaling: 'AutoScalingGroup LifecycleHook ScalingPolicy ScheduledAction',
  Backup: 'BackupPlan BackupVault',
  CertificateManager: 'Certificate',
  CloudFormation: 'Stack',
  CloudFront: 'Distribution',
  CloudTrail: 'Trail',
  CloudWatch: 'Alarm CompositeAlarm Dashboard',
  CodeBuild: 'Project',
  CodePipeline: 'Pipeline',
  Cognito: 'UserPool UserPoolClient',
  Config: 'ConfigurationRecorder DeliveryChannel',
  DynamoDB: 'Table GlobalTable',
  EC2: 'DHCPOptions EIP EIPAssociation FlowLog Instance InternetGateway KeyPair LaunchTemplate NatGateway NetworkAcl NetworkAclEntry NetworkInterface PrefixList Route RouteTable SecurityGroup SecurityGroupEgress SecurityGroupIngress Subnet SubnetRouteTableAssociation TransitGateway TransitGatewayAttachment TransitGatewayRouteTable TransitGatewayVpcAttachment VPC VPCDHCPOptionsAssociation VPCEndpoint VPCPeeringConnection Volume VolumeAttachment',
  ECR: 'Repository',
  ECS: 'Cluster Service TaskDefinition',
  EFS: 'AccessPoint FileSystem MountTarget',
  EKS: 'AccessEntry Addon Cluster FargateProfile Nodegroup',
  ElastiCache: 'CacheCluster ReplicationGroup SubnetGroup',
  ElasticLoadBalancing: 'LoadBalancer',
  ElasticLoadBalancingV2: 'Listener ListenerRule LoadBalancer TargetGroup',
  Events: 'EventBus Rule',
  Glue: 'Database Job Table',
  GuardDuty: 'Detector',
  IAM: 'AccessKey Group GroupPolicy InstanceProfile ManagedPolicy OIDCProvider Policy Role RolePolicy SAMLProvider ServerCertificate User UserPolicy',
  KMS: 'Alias Key',
  Kinesis: 'Stream',
  KinesisFirehose: 'DeliveryStream',
  Lambda: 'Alias EventSourceMapping Function Permission Url',
  Logs: 'LogGroup MetricFilter SubscriptionFilter',
  MSK: 'Cluster ServerlessCluster',
  OpenSearchService: 'Domain',
  Organizations: 'Account',
  RDS: 'DBCluster DBClusterParameterGroup DBInstance DBParameterGroup DBSubnetGroup OptionGroup',
  Redshift: 'Cluster',
  Route53: 'HealthCheck HostedZone RecordSet',
  S3: 'Bucket BucketPolicy',
  SNS: 'Subscription Topic TopicPolicy',
  SQS: 'Queue QueuePolicy',
  SSM: 'Document Parameter',
  Scheduler: 'Schedule ScheduleGroup',
  SecretsManager: 'ResourcePolicy Secret',
  StepFunctions: 'StateMachine',
  WAFv2: 'WebACL',
}

const names = new Set(
  Object.entries(byService).flatMap(([service, types]) => types.split(' ').map((type) => `AWS::${service}::${type}`)),
)

/** @param name CloudFormation's: `AWS::SQS::Queue` */
export const isReadByRow = (name: string): boolean => names.has(name)
