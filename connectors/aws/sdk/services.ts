import type { BudgetLimits } from '../../connector.ts'

type Rate = Omit<BudgetLimits, 'api'>

/** One service of AWS, as far as calling it needs. */
export interface Service {
  /** Its client's package, below `@aws-sdk/`. */
  readonly package: string
  /** The client's class in that package. */
  readonly client: string
  /** The prefix of its permissions in IAM; default: the service's own name here. */
  readonly permissions?: string
  /** Calls of one account in one region; default: {@link unpublishedRate}. */
  readonly rate?: Rate
  /** Operations that have a rate of their own. */
  readonly rates?: Readonly<Record<string, Rate>>
}

/** AWS publishes no rates for most services: calls begin below what its own consoles ask for, and what is not refused is learnt. */
export const unpublishedRate: Rate = { perSecond: 10, burst: 20, most: 40 }

/** Every service whose client the bundle may hold. What is in the bundle is what the table calls. */
export const services = {
  acm: { package: 'client-acm', client: 'ACMClient' },
  apigateway: { package: 'client-api-gateway', client: 'APIGatewayClient' },
  apigatewayv2: { package: 'client-apigatewayv2', client: 'ApiGatewayV2Client', permissions: 'apigateway' },
  'application-autoscaling': { package: 'client-application-auto-scaling', client: 'ApplicationAutoScalingClient' },
  autoscaling: { package: 'client-auto-scaling', client: 'AutoScalingClient' },
  backup: { package: 'client-backup', client: 'BackupClient' },
  // Measured by others: about 25 calls a second before it refuses, of lists too.
  cloudcontrol: {
    ...{ package: 'client-cloudcontrol', client: 'CloudControlClient', permissions: 'cloudformation' },
    rate: { perSecond: 10, burst: 10, most: 20 },
  },
  cloudformation: { package: 'client-cloudformation', client: 'CloudFormationClient' },
  cloudfront: { package: 'client-cloudfront', client: 'CloudFrontClient' },
  cloudtrail: {
    package: 'client-cloudtrail',
    client: 'CloudTrailClient',
    // Documented: 2 a second; one is left to others.
    rates: { LookupEvents: { perSecond: 1, burst: 1 } },
  },
  cloudwatch: { package: 'client-cloudwatch', client: 'CloudWatchClient' },
  codebuild: { package: 'client-codebuild', client: 'CodeBuildClient' },
  codepipeline: { package: 'client-codepipeline', client: 'CodePipelineClient' },
  'cognito-idp': { package: 'client-cognito-identity-provider', client: 'CognitoIdentityProviderClient' },
  config: { package: 'client-config-service', client: 'ConfigServiceClient' },
  dynamodb: { package: 'client-dynamodb', client: 'DynamoDBClient' },
  // Documented: a bucket of 100 calls, filled by 20 a second, for each Describe operation; one for all of them stays below it.
  ec2: { package: 'client-ec2', client: 'EC2Client', rate: { perSecond: 20, burst: 100 } },
  ecr: { package: 'client-ecr', client: 'ECRClient' },
  ecs: { package: 'client-ecs', client: 'ECSClient' },
  eks: { package: 'client-eks', client: 'EKSClient' },
  elasticache: { package: 'client-elasticache', client: 'ElastiCacheClient' },
  elasticfilesystem: { package: 'client-efs', client: 'EFSClient' },
  elb: {
    package: 'client-elastic-load-balancing',
    client: 'ElasticLoadBalancingClient',
    permissions: 'elasticloadbalancing',
  },
  elbv2: {
    package: 'client-elastic-load-balancing-v2',
    client: 'ElasticLoadBalancingV2Client',
    permissions: 'elasticloadbalancing',
  },
  events: { package: 'client-eventbridge', client: 'EventBridgeClient' },
  firehose: { package: 'client-firehose', client: 'FirehoseClient' },
  glue: { package: 'client-glue', client: 'GlueClient' },
  guardduty: { package: 'client-guardduty', client: 'GuardDutyClient' },
  iam: { package: 'client-iam', client: 'IAMClient' },
  kafka: { package: 'client-kafka', client: 'KafkaClient' },
  kinesis: { package: 'client-kinesis', client: 'KinesisClient' },
  kms: { package: 'client-kms', client: 'KMSClient' },
  // Documented: 15 control-plane calls a second, all of them together.
  lambda: { package: 'client-lambda', client: 'LambdaClient', rate: { perSecond: 12, burst: 12 } },
  logs: {
    package: 'client-cloudwatch-logs',
    client: 'CloudWatchLogsClient',
    rate: { perSecond: 5, burst: 5, most: 10 },
  },
  opensearch: { package: 'client-opensearch', client: 'OpenSearchClient', permissions: 'es' },
  organizations: { package: 'client-organizations', client: 'OrganizationsClient' },
  rds: { package: 'client-rds', client: 'RDSClient' },
  redshift: { package: 'client-redshift', client: 'RedshiftClient' },
  // Documented: 5 calls a second of an account.
  route53: { package: 'client-route-53', client: 'Route53Client', rate: { perSecond: 5, burst: 5 } },
  s3: { package: 'client-s3', client: 'S3Client', rate: { perSecond: 50, burst: 100, most: 100 } },
  scheduler: { package: 'client-scheduler', client: 'SchedulerClient' },
  secretsmanager: { package: 'client-secrets-manager', client: 'SecretsManagerClient' },
  sns: { package: 'client-sns', client: 'SNSClient', rate: { perSecond: 20, burst: 30, most: 30 } },
  sqs: { package: 'client-sqs', client: 'SQSClient', rate: { perSecond: 50, burst: 100, most: 100 } },
  ssm: { package: 'client-ssm', client: 'SSMClient' },
  states: { package: 'client-sfn', client: 'SFNClient' },
  sts: { package: 'client-sts', client: 'STSClient' },
  wafv2: { package: 'client-wafv2', client: 'WAFV2Client' },
} as const satisfies Record<string, Service>

export type ServiceName = keyof typeof services
