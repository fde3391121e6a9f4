import type { JsonObject } from '../../../model/json.ts'
import { isSet } from '../table/rows/row-parts.ts'

/** Which operations of a service change a type, and where they name it. */
export interface EventRule {
  /** The Terraform type. */
  readonly type: string
  readonly operations: RegExp
  /** Templates of its id with members of the request, or of the answer; the first that can be filled is taken. `{MEMBER:}` is what follows its last colon. */
  readonly ids?: readonly string[]
  /** Its id in an ARN that the event names itself. */
  readonly arn?: RegExp
  /** Only where this is so. */
  readonly when?: (request: JsonObject, response: JsonObject) => boolean
}

/** A type that has one id, the same in all its operations. */
const simple = (type: string, operations: RegExp, ...ids: readonly string[]): EventRule => ({ type, operations, ids })

/** Of an operation on tags, which names what it is about by its ARN alone. */
const tagged = (type: string, kind: string, hasIdThere = true): EventRule => ({
  ...{ type, operations: /^(Add|Remove)Tags/ },
  when: ({ resourceName }) => typeof resourceName === 'string' && resourceName.includes(`:${kind}:`),
  ...(hasIdThere ? { ids: ['{resourceName:}'] } : {}),
})

/** Of an instance: in a cluster it is another type. Most answers say whether it is in one. */
const ofInstances = (type: string, isInCluster: boolean, id: string): EventRule => ({
  ...simple(type, /DBInstance/, id),
  when: (request, response) => {
    const isKnown = Object.keys(response).length > 0 || isSet(request.dBClusterIdentifier)
    return !isKnown || isInCluster === (isSet(request.dBClusterIdentifier) || isSet(response.dBClusterIdentifier))
  },
})

const bucketParts: readonly (readonly [string, string])[] = [
  ['Policy', 'policy'],
  ['Versioning', 'versioning'],
  ['Encryption', 'server_side_encryption_configuration'],
  ['PublicAccessBlock', 'public_access_block'],
  ['Lifecycle(Configuration)?', 'lifecycle_configuration'],
  ['Acl', 'acl'],
  ['Logging', 'logging'],
  ['Cors', 'cors_configuration'],
  ['Website', 'website_configuration'],
  ['Notification(Configuration)?', 'notification'],
  ['OwnershipControls', 'ownership_controls'],
  ['Replication', 'replication_configuration'],
  ['ObjectLockConfiguration', 'object_lock_configuration'],
  ['Accelerate(Configuration)?', 'accelerate_configuration'],
]

/** Sources: each service's API reference, whose parameters CloudTrail writes in lower camel case. */
export const eventRules: Readonly<Record<string, readonly EventRule[]>> = {
  s3: [
    simple('aws_s3_bucket', /^(CreateBucket|DeleteBucket|(Put|Delete)BucketTagging)$/, '{bucketName}'),
    ...bucketParts.map(([operation, part]) =>
      simple(
        `aws_s3_bucket_${part}`,
        new RegExp(`^(CreateBucket|DeleteBucket|(Put|Delete)(Bucket)?${operation})$`),
        '{bucketName}',
      ),
    ),
  ],
  iam: [
    simple('aws_iam_role', /Role(?!Policy)|RolePermissionsBoundary|AssumeRolePolicy/, '{roleName}', '{role.roleName}'),
    simple('aws_iam_role_policy', /^(Put|Delete)RolePolicy$/, '{roleName}:{policyName}'),
    simple('aws_iam_role_policy_attachment', /^(Attach|Detach)RolePolicy$/, '{roleName}/{policyArn}'),
    simple(
      'aws_iam_user',
      /^(Create|Delete|Update|Tag|Untag)User$|UserPermissionsBoundary|^(AddUserTo|RemoveUserFrom)Group$/,
      '{userName}',
      '{user.userName}',
    ),
    simple('aws_iam_user_policy', /^(Put|Delete)UserPolicy$/, '{userName}:{policyName}'),
    simple('aws_iam_user_policy_attachment', /^(Attach|Detach)UserPolicy$/, '{userName}/{policyArn}'),
    simple('aws_iam_access_key', /AccessKey$/, '{accessKeyId}', '{accessKey.accessKeyId}'),
    simple('aws_iam_group', /^(Create|Delete|Update)Group$/, '{groupName}', '{group.groupName}'),
    simple('aws_iam_group_policy', /^(Put|Delete)GroupPolicy$/, '{groupName}:{policyName}'),
    simple('aws_iam_group_policy_attachment', /^(Attach|Detach)GroupPolicy$/, '{groupName}/{policyArn}'),
    simple(
      'aws_iam_policy',
      /^(Create|Delete|Tag|Untag)Policy$|PolicyVersion$|DefaultPolicyVersion$/,
      '{policyArn}',
      '{policy.arn}',
    ),
    simple(
      'aws_iam_instance_profile',
      /InstanceProfile$/,
      '{instanceProfileName}',
      '{instanceProfile.instanceProfileName}',
    ),
    simple('aws_iam_account_password_policy', /AccountPasswordPolicy$/),
    simple('aws_iam_openid_connect_provider', /OpenIDConnectProvider/, '{openIDConnectProviderArn}'),
    simple('aws_iam_saml_provider', /SAMLProvider$/, '{sAMLProviderArn}'),
  ],
  sqs: [
    simple('aws_sqs_queue', /Queue/, '{queueUrl}'),
    simple('aws_sqs_queue_policy', /^(SetQueueAttributes|AddPermission|RemovePermission)$/, '{queueUrl}'),
  ],
  sns: [
    simple('aws_sns_topic', /Topic|^(Tag|Untag)Resource$/, '{topicArn}', '{resourceArn}'),
    simple('aws_sns_topic_policy', /^(SetTopicAttributes|AddPermission|RemovePermission)$/, '{topicArn}'),
    simple('aws_sns_topic_subscription', /Subscri/, '{subscriptionArn}'),
  ],
  lambda: [
    simple('aws_lambda_function', /Function(?!Url)|Version$|Concurrency$|^(Tag|Untag)Resource/, '{functionName}'),
    simple('aws_lambda_alias', /Alias$/),
    simple('aws_lambda_permission', /Permission$/),
    simple('aws_lambda_function_url', /FunctionUrlConfig$/),
    simple('aws_lambda_event_source_mapping', /EventSourceMapping$/, '{uUID}'),
  ],
  rds: [
    ofInstances('aws_db_instance', false, '{dbiResourceId}'),
    ofInstances('aws_rds_cluster_instance', true, '{dBInstanceIdentifier}'),
    simple('aws_rds_cluster', /DBCluster(?!Parameter|Snapshot)/, '{dBClusterIdentifier}'),
    // Its id is another than the one in its ARN.
    tagged('aws_db_instance', 'db', false),
    tagged('aws_rds_cluster_instance', 'db'),
    tagged('aws_rds_cluster', 'cluster'),
    tagged('aws_db_subnet_group', 'subgrp'),
    tagged('aws_db_parameter_group', 'pg'),
    tagged('aws_rds_cluster_parameter_group', 'cluster-pg'),
    tagged('aws_db_option_group', 'og'),
    simple('aws_db_subnet_group', /DBSubnetGroup/, '{dBSubnetGroupName}'),
    simple('aws_db_parameter_group', /DBParameterGroup/, '{dBParameterGroupName}'),
    simple('aws_rds_cluster_parameter_group', /DBClusterParameterGroup/, '{dBClusterParameterGroupName}'),
    simple('aws_db_option_group', /OptionGroup/, '{optionGroupName}'),
  ],
  dynamodb: [
    {
      ...simple('aws_dynamodb_table', /Table|TimeToLive|ContinuousBackups|TagResource/, '{tableName}'),
      arn: /:table\/([^/]+)$/,
    },
  ],
  kms: [
    { type: 'aws_kms_key', operations: /Key|TagResource/, ids: ['{keyMetadata.keyId}'], arn: /:key\/([^/]+)$/ },
    simple('aws_kms_alias', /Alias$/, '{aliasName}'),
  ],
  secretsmanager: [{ type: 'aws_secretsmanager_secret', operations: /./, ids: ['{aRN}'], arn: /^(.+:secret:.+)$/ }],
  ssm: [
    simple('aws_ssm_parameter', /Parameter|TagsToResource|TagsFromResource/, '{name}'),
    simple('aws_ssm_document', /Document/, '{name}'),
  ],
  elasticloadbalancing: [
    simple('aws_lb', /LoadBalancer|SetSecurityGroups|SetSubnets|SetIpAddressType|Tags$/, '{loadBalancerArn}'),
    simple('aws_elb', /LoadBalancer|Tags$/, '{loadBalancerName}'),
    simple('aws_lb_listener', /Listener/, '{listenerArn}'),
    simple('aws_lb_listener_rule', /Rule/, '{ruleArn}'),
    simple('aws_lb_target_group', /TargetGroup|Tags$/, '{targetGroupArn}'),
  ],
  autoscaling: [
    simple('aws_autoscaling_group', /AutoScalingGroup|DesiredCapacity|Tags$|Processes$/, '{autoScalingGroupName}'),
    simple('aws_autoscaling_policy', /Policy$/, '{autoScalingGroupName}/{policyName}'),
    simple('aws_autoscaling_schedule', /Scheduled/, '{autoScalingGroupName}/{scheduledActionName}'),
    simple('aws_autoscaling_lifecycle_hook', /LifecycleHook/, '{autoScalingGroupName}/{lifecycleHookName}'),
  ],
  ecs: [
    simple('aws_ecs_cluster', /Cluster|TagResource/, '{cluster.clusterArn}'),
    simple('aws_ecs_service', /Service|TaskSet|TagResource/, '{service.serviceArn}'),
    simple('aws_ecs_task_definition', /TaskDefinition/, '{taskDefinition.taskDefinitionArn}'),
  ],
  eks: [
    simple('aws_eks_cluster', /Cluster|EncryptionConfig|TagResource/, '{name}', '{clusterName}'),
    simple('aws_eks_node_group', /Nodegroup/, '{clusterName}:{nodegroupName}'),
    simple('aws_eks_addon', /Addon/, '{clusterName}:{addonName}'),
    simple('aws_eks_fargate_profile', /FargateProfile/, '{clusterName}:{fargateProfileName}'),
    simple('aws_eks_access_entry', /AccessEntry|AccessPolicy/, '{clusterName}:{principalArn}'),
  ],
  route53: [
    simple('aws_route53_zone', /HostedZone|TagsForResource/, '{hostedZoneId}', '{id}'),
    simple('aws_route53_record', /ResourceRecordSets|HostedZone/),
  ],
  logs: [simple('aws_cloudwatch_log_group', /LogGroup|RetentionPolicy|TagResource|KmsKey/, '{logGroupName}')],
  monitoring: [simple('aws_cloudwatch_metric_alarm', /Alarm/, '{alarmName}')],
}

export const rulesOf = (service: string): readonly EventRule[] =>
  Object.hasOwn(eventRules, service) ? (eventRules[service] ?? []) : []
