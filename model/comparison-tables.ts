/**
 * Knowledge of resource types: which arrays have no order, which elements have an identity, which fields move by
 * themselves. An entry stands here only where the system itself says so (Kubernetes' `x-kubernetes-list-map-keys`, a
 * set in the Terraform provider's schema, AWS's API reference); anything else is compared by position, which can
 * report a harmless reordering but never misses a change.
 *
 * Long because it is one table, to be read top to bottom.
 */
export interface ComparisonTable {
  /** Exact types, `*` in one for anything; `kubernetes:Kind` means objects of a cluster, `kubernetes:*` all of them. */
  readonly types: readonly string[]
  /**
   * Array field → the fields that identify an element: `a+b` a tuple of which one at least must be there, `a+b|c`
   * alternatives in order of preference. `owner.field` only where `owner` is the nearest named field around it.
   */
  readonly keyed?: Readonly<Record<string, string>>
  /**
   * Array fields without an order. One that is keyed too is a set wherever no identity fits. `owner.*` means every field whose
   * nearest named field around it is `owner`.
   */
  readonly sets?: readonly string[]
  /** Array fields in which a value that is no array means the same as an array of it alone. `owner.*` as for `sets`. */
  readonly singles?: readonly string[]
  /** Paths below `configuration` that are never compared; arrays are transparent. A list where a name holds a dot. */
  readonly volatile?: readonly (string | readonly string[])[]
  /**
   * Fields that hold, as text, JSON of which the system itself knows the form: there, `keyed` and `sets` hold too. In any
   * other JSON text only the order of names and the spelling of numbers mean nothing, for `tags` may be anything in it.
   */
  readonly documents?: readonly string[]
}

const policyOperators = ['', 'ForAllValues:', 'ForAnyValue:'].flatMap((quantifier) =>
  [
    ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike'],
    ...['StringNotLike', 'NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals'],
    ...['NumericGreaterThan', 'NumericGreaterThanEquals', 'DateEquals', 'DateNotEquals', 'DateLessThan'],
    ...['DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals', 'Bool', 'BinaryEquals', 'IpAddress'],
    ...['NotIpAddress', 'ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike', 'Null'],
  ].flatMap((operator) => [`${quantifier}${operator}.*`, `${quantifier}${operator}IfExists.*`]),
)

const policyArrays = [
  ...['Statement', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal.*', 'NotPrincipal.*'],
  ...policyOperators,
]

/**
 * IAM's policy grammar, for every text that holds a policy, of whichever type and field: the order of statements, actions,
 * resources, principals and a condition's values means nothing, and each may stand without its brackets where it is one.
 */
export const policyTable: ComparisonTable = {
  types: [],
  keyed: { Statement: 'Sid' },
  sets: policyArrays,
  singles: policyArrays,
}

const everyType: ComparisonTable = {
  types: ['*'],
  keyed: {
    // AWS writes Key/Value, some of its services key/value, KMS TagKey/TagValue.
    tags: 'Key|key|TagKey',
    Tags: 'Key|key|TagKey',
    environment: 'name',
    environment_variables: 'name',
    environmentVariables: 'name',
    security_groups: 'id|group_id',
  },
  sets: [
    ...['tags', 'Tags', 'security_groups', 'security_group_ids', 'vpc_security_group_ids', 'subnet_ids'],
    ...['availability_zones', 'cidr_blocks', 'ipv6_cidr_blocks'],
  ],
}

const aws: ComparisonTable = {
  types: ['aws_*'],
  keyed: {
    // Security groups: a rule is identified by its protocol and ports; its sources and destinations are fields of it.
    ingress: 'protocol+from_port+to_port|protocol+from_port+to_port+description',
    egress: 'protocol+from_port+to_port|protocol+from_port+to_port+description',
    IpPermissions: 'IpProtocol+FromPort+ToPort',
    IpPermissionsEgress: 'IpProtocol+FromPort+ToPort',
    IpRanges: 'CidrIp',
    Ipv6Ranges: 'CidrIpv6',
    PrefixListIds: 'PrefixListId',
    UserIdGroupPairs: 'UserId+GroupId',
    SecurityGroups: 'GroupId|SecurityGroupId',
    VpcSecurityGroups: 'VpcSecurityGroupId',
    Groups: 'GroupId',
    // Networks
    route: 'cidr_block+ipv6_cidr_block+destination_prefix_list_id',
    Routes: 'DestinationCidrBlock+DestinationIpv6CidrBlock+DestinationPrefixListId',
    NetworkInterfaces: 'NetworkInterfaceId',
    // Disks
    BlockDeviceMappings: 'DeviceName',
    block_device_mappings: 'device_name',
    ebs_block_device: 'device_name',
    // Policies: the order of statements, actions and resources means nothing to IAM.
    Statement: 'Sid',
    // Containers
    container_definitions: 'name',
    containerDefinitions: 'name',
    ContainerDefinitions: 'Name',
    secrets: 'name',
    mountPoints: 'containerPath',
    portMappings: 'containerPort+protocol',
    load_balancer: 'target_group_arn+elb_name+container_name+container_port',
    capacity_provider_strategy: 'capacity_provider',
    // The rest
    attribute: 'name',
    AttributeDefinitions: 'AttributeName',
    global_secondary_index: 'name',
    GlobalSecondaryIndexes: 'IndexName',
    local_secondary_index: 'name',
    LocalSecondaryIndexes: 'IndexName',
    parameter: 'name',
    Parameters: 'ParameterName',
    origin: 'origin_id',
    tag: 'key',
    Attributes: 'Key',
    Dimensions: 'Name',
  },
  sets: [
    ...['ingress', 'egress', 'IpPermissions', 'IpPermissionsEgress', 'IpRanges', 'Ipv6Ranges', 'PrefixListIds'],
    ...['UserIdGroupPairs', 'SecurityGroups', 'VpcSecurityGroups', 'Groups', 'route', 'Routes'],
    ...['source_security_group_ids'],
    ...['SecurityGroupIds', 'VpcSecurityGroupIds', 'prefix_list_ids'],
    ...['SubnetIds', 'subnets', 'Subnets', 'AvailabilityZones'],
    ...['route_table_ids', 'RouteTableIds', 'network_interface_ids', 'NetworkInterfaceIds', 'private_ips'],
    ...['Statement', 'Action', 'NotAction', 'Resource', 'NotResource'],
    ...['Principal.AWS', 'Principal.Service', 'Principal.Federated', 'Principal.CanonicalUser'],
    ...['managed_policy_arns', 'target_group_arns', 'load_balancers', 'suspended_processes', 'enabled_metrics'],
    ...['enabled_cloudwatch_logs_exports', 'EnabledCloudwatchLogsExports', 'requires_compatibilities'],
    ...['alarm_actions', 'ok_actions', 'insufficient_data_actions'],
    ...['AlarmActions', 'OKActions', 'InsufficientDataActions'],
    ...['aliases', 'allowed_methods', 'cached_methods', 'load_balancer', 'capacity_provider_strategy'],
    ...['attribute', 'AttributeDefinitions', 'parameter', 'Parameters', 'tag', 'origin', 'Dimensions', 'Attributes'],
  ],
  documents: [
    ...['policy', 'assume_role_policy', 'inline_policy', 'resource_policy', 'access_policy', 'access_policies'],
    ...['policy_document', 'Policy', 'PolicyDocument', 'AssumeRolePolicyDocument', 'AccessPolicies'],
    'container_definitions',
  ],
}

/** Sets in the Terraform AWS provider's schema (5.100) wherever the name occurs, and what identifies their blocks. */
const awsProviderSets: ComparisonTable = {
  types: ['aws_*'],
  keyed: {
    custom_error_response: 'error_code',
    custom_header: 'name',
    default_capacity_provider_strategy: 'capacity_provider',
    dimensions: 'name',
    domain_validation_options: 'domain_name',
    ephemeral_block_device: 'device_name',
    file_system_locations: 'identifier',
    function_association: 'event_type',
    inline_policy: 'name',
    insert_header: 'name',
    lambda_function_association: 'event_type',
    metric_query: 'id',
    option_settings: 'name',
    origin_group: 'origin_id',
    replica: 'region_name',
    response_header: 'name',
    secondary_sources: 'source_identifier',
    subnet_mapping: 'subnet_id',
    taint: 'key+effect',
    text_transformation: 'priority',
  },
  sets: [
    ...['custom_error_response', 'custom_header', 'default_capacity_provider_strategy', 'dimensions'],
    ...['domain_validation_options', 'ephemeral_block_device', 'file_system_locations', 'function_association'],
    ...['inline_policy', 'insert_header', 'lambda_function_association', 'metric_query', 'option_settings'],
    ...['origin_group', 'replica', 'response_header', 'secondary_sources', 'subnet_mapping', 'taint'],
    ...['addresses', 'allow_headers', 'allow_methods', 'allow_origins', 'allowed_oauth_flows', 'allowed_oauth_scopes'],
    ...['allowed_principals', 'api_stages', 'authorization_scopes', 'auto_verified_attributes', 'callback_urls'],
    ...['capabilities', 'capacity_providers', 'cidrs', 'client_id_list', 'cluster_members', 'compatible_architectures'],
    ...[
      'compatible_runtimes',
      'enabled_cluster_log_types',
      'event_categories',
      'explicit_auth_flows',
      'field_selector',
    ],
    ...['function_response_types', 'gateway_load_balancer_arns', 'global_cluster_members', 'grant', 'iam_roles'],
    ...['kubernetes_groups', 'load_balancer_arns', 'log_exports', 'logout_urls', 'member_clusters', 'metric_names'],
    ...['network_load_balancer_arns', 'operations', 'optional_fields', 'placement_constraints', 'policy_arns'],
    ...['policy_names', 'provider_arns', 'public_access_cidrs', 'read_attributes', 'records', 'roles'],
    ...['secondary_gids', 'secondary_private_ip_addresses', 'security_group_arns', 'sns_topic_arns', 'source_ids'],
    ...['step_adjustment', 'subject_alternative_names', 'subscriber', 'supported_identity_providers', 'topics'],
    ...['transition', 'user_group_ids', 'user_ids', 'users', 'version_stages', 'vpc_endpoint_ids', 'vpc_ids'],
    ...['vpc_subnet_ids', 'vpc_zone_identifier', 'whitelisted_names', 'write_attributes'],
  ],
}

/** Fields that AWS moves without anybody having changed the resource. */
const awsVolatile: readonly ComparisonTable[] = [
  // The code's hash and the configuration are compared; this only says when somebody last pressed save.
  { types: ['aws_lambda_function'], volatile: ['last_modified', 'LastModified'] },
  { types: ['aws_iam_role'], volatile: ['role_last_used', 'RoleLastUsed'] },
  { types: ['aws_iam_user'], volatile: ['password_last_used', 'PasswordLastUsed'] },
  // Moves every five minutes with the backups.
  { types: ['aws_db_instance'], volatile: ['latest_restorable_time', 'LatestRestorableTime'] },
  {
    types: ['aws_rds_cluster'],
    volatile: ['LatestRestorableTime', 'EarliestRestorableTime', 'latest_restorable_time', 'earliest_restorable_time'],
  },
  // Estimates that DynamoDB refreshes about every six hours.
  {
    types: ['aws_dynamodb_table'],
    volatile: [
      ...['ItemCount', 'TableSizeBytes', 'item_count', 'table_size_bytes'],
      ...['GlobalSecondaryIndexes.ItemCount', 'GlobalSecondaryIndexes.IndexSizeBytes'],
      ...['LocalSecondaryIndexes.ItemCount', 'LocalSecondaryIndexes.IndexSizeBytes'],
    ],
  },
  {
    types: ['aws_sqs_queue'],
    volatile: [
      ...['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      'ApproximateNumberOfMessagesDelayed',
    ],
  },
  { types: ['aws_cloudwatch_log_group'], volatile: ['storedBytes', 'stored_bytes'] },
  { types: ['aws_secretsmanager_secret'], volatile: ['LastAccessedDate', 'last_accessed_date'] },
  // A log of the last hundred deployments' messages, one of which says every six hours that all is well.
  { types: ['aws_ecs_service'], volatile: ['events', 'Events', 'runningCount', 'pendingCount'] },
  {
    types: ['aws_ecs_cluster'],
    volatile: ['registeredContainerInstancesCount', 'runningTasksCount', 'pendingTasksCount', 'activeServicesCount'],
  },
  // Estimates of what a service holds, and counts of what others do with it.
  { types: ['aws_cognito_user_pool'], volatile: ['estimated_number_of_users', 'EstimatedNumberOfUsers'] },
  { types: ['aws_backup_vault'], volatile: ['recovery_points', 'NumberOfRecoveryPoints'] },
  { types: ['aws_backup_plan'], volatile: ['LastExecutionDate'] },
  { types: ['aws_efs_file_system'], volatile: ['size_in_bytes', 'SizeInBytes'] },
  { types: ['aws_subnet'], volatile: ['available_ip_address_count', 'AvailableIpAddressCount'] },
  {
    types: ['aws_iam_policy'],
    volatile: ['attachment_count', 'AttachmentCount', 'PermissionsBoundaryUsageCount'],
  },
  { types: ['aws_route53_zone'], volatile: ['ResourceRecordSetCount'] },
  {
    types: ['aws_sns_topic'],
    volatile: ['SubscriptionsConfirmed', 'SubscriptionsPending', 'SubscriptionsDeleted'],
  },
  { types: ['aws_glue_crawler'], volatile: ['LastCrawl', 'CrawlElapsedTime'] },
  { types: ['aws_glue_catalog_table'], volatile: ['LastAccessTime', 'LastAnalyzedTime'] },
  { types: ['aws_ami'], volatile: ['last_launched_time', 'LastLaunchedTime'] },
  { types: ['aws_ecr_image'], volatile: ['lastRecordedPullTime', 'last_recorded_pull_time'] },
  {
    types: ['aws_cloudwatch_log_stream'],
    volatile: ['lastEventTimestamp', 'lastIngestionTime', 'uploadSequenceToken'],
  },
  {
    types: ['aws_cloudwatch_metric_alarm', 'aws_cloudwatch_composite_alarm'],
    volatile: [
      ...['StateValue', 'StateReason', 'StateReasonData', 'StateUpdatedTimestamp', 'StateTransitionedTimestamp'],
    ],
  },
  { types: ['aws_dms_replication_task'], volatile: ['ReplicationTaskStats'] },
  // Handles for the next write: each write, and some that are AWS's own, makes a new one.
  {
    types: ['aws_cloudfront_*'],
    volatile: ['etag', 'ETag', 'last_modified_time', 'LastModifiedTime', 'in_progress_validation_batches'],
  },
  { types: ['aws_wafv2_*'], volatile: ['lock_token', 'LockToken'] },
]

const awsByType: readonly ComparisonTable[] = [
  { types: ['aws_iam_policy_document'], documents: ['json', 'minified_json'] },
  { types: ['aws_organizations_policy'], documents: ['content'] },
  {
    types: ['aws_network_acl', 'aws_default_network_acl'],
    keyed: { ingress: 'rule_no', egress: 'rule_no', Entries: 'RuleNumber+Egress' },
  },
  { types: ['aws_ecs_task_definition'], keyed: { volume: 'name', volumes: 'name' } },
  { types: ['aws_ecs_cluster'], keyed: { setting: 'name', settings: 'name' } },
  { types: ['aws_db_option_group'], keyed: { option: 'option_name' }, sets: ['option'] },
  { types: ['aws_ec2_managed_prefix_list'], keyed: { entry: 'cidr' }, sets: ['entry'] },
  {
    types: ['aws_wafv2_web_acl', 'aws_wafv2_rule_group'],
    keyed: { rule: 'name', rule_action_override: 'name' },
    sets: ['rule'],
  },
  { types: ['aws_elastic_beanstalk_environment'], keyed: { setting: 'namespace+name+resource' }, sets: ['setting'] },
]

/** From `x-kubernetes-list-map-keys`, `patchMergeKey` and `listType: set` of the Kubernetes OpenAPI document. */
const kubernetes: ComparisonTable = {
  types: ['kubernetes:*', 'kubernetes_manifest'],
  keyed: {
    containers: 'name',
    initContainers: 'name',
    ephemeralContainers: 'name',
    containerStatuses: 'name',
    initContainerStatuses: 'name',
    env: 'name',
    volumes: 'name',
    volumeMounts: 'mountPath',
    volumeDevices: 'devicePath',
    'containers.ports': 'containerPort+protocol',
    'initContainers.ports': 'containerPort+protocol',
    'spec.ports': 'port+protocol',
    conditions: 'type',
    imagePullSecrets: 'name',
    'configuration.secrets': 'name',
    hostAliases: 'ip',
    ownerReferences: 'uid',
    topologySpreadConstraints: 'topologyKey+whenUnsatisfiable',
    taints: 'key+effect',
    webhooks: 'name',
    podIPs: 'ip',
    hostIPs: 'ip',
  },
  sets: [
    'finalizers',
    'accessModes',
    'add',
    'drop',
    'loadBalancerSourceRanges',
    'tolerations',
    'matchExpressions.values',
  ],
  volatile: [
    'metadata.resourceVersion',
    'metadata.managedFields',
    'metadata.generation',
    // Leader election and endpoint bookkeeping, rewritten every few seconds.
    ['metadata', 'annotations', 'control-plane.alpha.kubernetes.io/leader'],
    ['metadata', 'annotations', 'endpoints.kubernetes.io/last-change-trigger-time'],
    'status.observedGeneration',
    'status.conditions.lastHeartbeatTime',
    'status.conditions.lastProbeTime',
    'status.conditions.lastUpdateTime',
    'status.conditions.observedGeneration',
  ],
  documents: ['kubectl.kubernetes.io/last-applied-configuration'],
}

/** A manifest's object lies a level deeper than an object of the cluster itself. */
const kubernetesManifest: ComparisonTable = {
  types: ['kubernetes_manifest'],
  volatile: ['object.metadata.resourceVersion', 'object.metadata.managedFields', 'object.metadata.generation'],
}

const kubernetesByKind: readonly ComparisonTable[] = [
  { types: ['kubernetes:Lease'], volatile: ['spec.renewTime', 'spec.leaseTransitions', 'spec.acquireTime'] },
  // What the autoscaler measured, every 15 seconds; `autoscaling/v1` has it in annotations.
  {
    types: ['kubernetes:HorizontalPodAutoscaler'],
    volatile: [
      ...['status.currentMetrics', 'status.lastScaleTime', 'status.currentCPUUtilizationPercentage'],
      ['metadata', 'annotations', 'autoscaling.alpha.kubernetes.io/current-metrics'],
      ['metadata', 'annotations', 'autoscaling.alpha.kubernetes.io/conditions'],
    ],
  },
  { types: ['kubernetes:VerticalPodAutoscaler'], volatile: ['status.recommendation'] },
  {
    types: ['kubernetes:PodMetrics', 'kubernetes:NodeMetrics'],
    volatile: ['timestamp', 'window', 'usage', 'containers.usage'],
  },
  { types: ['kubernetes:Node'], volatile: ['status.images', 'status.volumesInUse', 'status.volumesAttached'] },
  {
    types: ['kubernetes:CronJob'],
    volatile: ['status.lastScheduleTime', 'status.lastSuccessfulTime', 'status.active'],
  },
  { types: ['kubernetes:ResourceQuota'], volatile: ['status.used'] },
  {
    types: ['kubernetes:PodDisruptionBudget'],
    volatile: ['status.currentHealthy', 'status.disruptionsAllowed', 'status.disruptedPods'],
  },
  // Argo CD's and Flux's notes of when they last looked.
  { types: ['kubernetes:Application'], volatile: ['status.reconciledAt'] },
  { types: ['kubernetes:Kustomization', 'kubernetes:HelmRelease'], volatile: ['status.lastHandledReconcileAt'] },
  // In VAINO's files: the names of what a config map or a secret holds, the keys of a Go map, in any order.
  { types: ['kubernetes:configmap', 'kubernetes:secret'], sets: ['data_keys'] },
  {
    types: ['kubernetes:Role', 'kubernetes:ClusterRole'],
    sets: ['rules', 'verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'],
  },
  {
    types: ['kubernetes:RoleBinding', 'kubernetes:ClusterRoleBinding'],
    keyed: { subjects: 'kind+apiGroup+namespace+name' },
    sets: ['subjects'],
  },
  {
    types: ['kubernetes:NetworkPolicy'],
    sets: ['ingress', 'egress', 'from', 'to', 'ports', 'policyTypes', 'except'],
  },
]

/** The Terraform provider's singular block names for the same. */
const kubernetesInTerraform: ComparisonTable = {
  types: ['kubernetes_*'],
  keyed: {
    container: 'name',
    init_container: 'name',
    env: 'name',
    volume: 'name',
    volume_mount: 'mount_path',
    image_pull_secrets: 'name',
    'container.port': 'container_port+protocol',
    'spec.port': 'port+protocol',
  },
  sets: ['access_modes', 'toleration'],
  volatile: ['metadata.resource_version', 'metadata.generation'],
}

const google: ComparisonTable = {
  types: ['google_*'],
  keyed: {
    'metadata.items': 'key',
    binding: 'role',
    bindings: 'role',
    allow: 'protocol',
    allowed: 'IPProtocol',
    deny: 'protocol',
    denied: 'IPProtocol',
    audit_log_config: 'log_type',
    authorized_networks: 'value',
    backend: 'group',
    cidr_blocks: 'cidr_block',
    cleanup_policies: 'id',
    database_flags: 'name',
    env: 'name',
    named_port: 'name',
    networks: 'network_url',
    stateful_disk: 'device_name',
  },
  sets: [
    ...['tags.items', 'scopes', 'members', 'binding', 'bindings', 'allow', 'allowed', 'deny', 'denied'],
    ...['allow.ports', 'allowed.ports', 'deny.ports', 'denied.ports'],
    ...['source_ranges', 'destination_ranges', 'source_tags', 'target_tags'],
    ...['sourceRanges', 'destinationRanges', 'sourceTags', 'targetTags'],
    ...['source_service_accounts', 'target_service_accounts', 'sourceServiceAccounts', 'targetServiceAccounts'],
    ...['audit_log_config', 'exempted_members', 'authorized_networks', 'backend', 'health_checks', 'cidr_blocks'],
    ...['cleanup_policies', 'database_flags', 'named_port', 'networks', 'node_locations', 'oauth_scopes'],
    ...['permissions', 'instances', 'nat_ips', 'source_ip_ranges_to_nat', 'src_ip_ranges', 'host_rule', 'hosts'],
    ...['distribution_policy_zones', 'stateful_disk'],
  ],
  // A handle for the next write, and when any part of it was last written, by Google too.
  volatile: ['etag', 'update_time', 'updateTime'],
  documents: ['policy_data'],
}

const googleByType: readonly ComparisonTable[] = [
  {
    types: ['google_bigquery_table'],
    volatile: [
      ...['num_rows', 'num_bytes', 'num_long_term_bytes', 'last_modified_time'],
      ...['numRows', 'numBytes', 'numLongTermBytes', 'lastModifiedTime'],
    ],
  },
  {
    types: ['google_bigquery_dataset'],
    sets: ['access'],
    volatile: ['last_modified_time', 'lastModifiedTime'],
  },
  { types: ['google_storage_bucket'], volatile: ['updated'] },
  {
    types: ['google_compute_disk', 'google_compute_region_disk'],
    volatile: ['last_attach_timestamp', 'last_detach_timestamp', 'lastAttachTimestamp', 'lastDetachTimestamp'],
  },
  { types: ['google_compute_autoscaler', 'google_compute_region_autoscaler'], volatile: ['recommended_size'] },
  {
    types: ['google_compute_instance_group_manager', 'google_compute_region_instance_group_manager'],
    keyed: { version: 'name' },
    volatile: ['status'],
  },
  // Which versions Google offers for maintenance, not which one runs.
  { types: ['google_sql_database_instance'], volatile: ['available_maintenance_versions', 'settings.version'] },
  {
    types: ['google_cloud_run_service'],
    volatile: ['metadata.resource_version', 'metadata.generation', 'status.observed_generation'],
  },
  {
    types: ['google_cloud_run_v2_*'],
    volatile: ['generation', 'observed_generation', 'reconciling', 'execution_count', 'latest_created_execution'],
  },
  {
    types: ['google_compute_router_nat'],
    keyed: { subnetwork: 'name', rules: 'rule_number' },
    sets: ['subnetwork', 'rules'],
  },
  {
    types: ['google_compute_security_policy', 'google_compute_region_security_policy'],
    keyed: { rule: 'priority' },
    sets: ['rule'],
  },
]

/** Sets in azurerm's schema wherever the name occurs, and what identifies their blocks. */
const azure: ComparisonTable = {
  types: ['azurerm_*'],
  keyed: {
    security_rule: 'name',
    securityRules: 'name',
    subnet: 'name',
    admin_ssh_key: 'username+public_key',
    capabilities: 'name',
    connection_string: 'name',
    contact: 'email',
    enabled_log: 'category|category_group',
    geo_location: 'location',
    metric: 'category',
    virtual_network_rule: 'id',
  },
  sets: [
    ...['security_rule', 'subnet', 'zones', 'identity_ids', 'admin_ssh_key', 'capabilities', 'connection_string'],
    ...['contact', 'enabled_log', 'geo_location', 'metric', 'virtual_network_rule'],
    ...['source_address_prefixes', 'destination_address_prefixes', 'source_port_ranges', 'destination_port_ranges'],
    ...['source_application_security_group_ids', 'destination_application_security_group_ids'],
    ...['ip_rules', 'virtual_network_subnet_ids', 'service_endpoints', 'service_endpoint_policy_ids', 'bypass'],
    ...['authorized_ip_ranges', 'ip_range_filter', 'data_actions', 'not_data_actions', 'address_space'],
  ],
  volatile: ['etag'],
}

const azureByType: readonly ComparisonTable[] = [
  {
    types: ['azurerm_application_gateway'],
    keyed: {
      backend_address_pool: 'name',
      backend_http_settings: 'name',
      frontend_port: 'name',
      http_listener: 'name',
      private_link_configuration: 'name',
      probe: 'name',
      redirect_configuration: 'name',
      request_routing_rule: 'name',
      ssl_certificate: 'name',
    },
    sets: [
      ...['backend_address_pool', 'backend_http_settings', 'frontend_port', 'http_listener', 'probe'],
      ...['private_link_configuration', 'redirect_configuration', 'request_routing_rule', 'ssl_certificate'],
      ...['backend_address_pool.fqdns', 'backend_address_pool.ip_addresses'],
    ],
  },
  {
    types: ['azurerm_dns_*', 'azurerm_private_dns_*'],
    sets: ['records', 'record'],
  },
  {
    types: ['azurerm_firewall_*_rule_collection'],
    keyed: { rule: 'name' },
    sets: ['rule', 'source_addresses', 'destination_addresses', 'destination_ports', 'protocols', 'fqdn_tags'],
  },
  { types: ['azurerm_route_table'], keyed: { route: 'name' }, sets: ['route'] },
  { types: ['azurerm_monitor_metric_alert'], sets: ['scopes', 'action'] },
]

/** Sets in the schema of the Entra ID provider. */
const azuread: ComparisonTable = {
  types: ['azuread_*'],
  keyed: { app_role: 'id', oauth2_permission_scope: 'id', required_resource_access: 'resource_app_id' },
  sets: [
    ...['app_role', 'oauth2_permission_scope', 'required_resource_access', 'owners', 'members', 'redirect_uris'],
    ...['identifier_uris', 'group_membership_claims', 'known_client_applications', 'notification_email_addresses'],
  ],
}

const github: ComparisonTable = {
  types: ['github_*'],
  keyed: { label: 'name', user: 'username', members: 'username', required_check: 'context' },
  sets: [
    ...['topics', 'push_restrictions', 'push_allowances', 'force_push_bypassers', 'pull_request_bypassers'],
    ...['dismissal_restrictions', 'dismissal_users', 'dismissal_teams', 'contexts', 'checks', 'users', 'teams', 'apps'],
    ...['selected_repository_ids', 'patterns_allowed', 'members', 'events', 'label', 'user', 'team', 'required_check'],
  ],
  volatile: ['etag'],
}

const githubByType: readonly ComparisonTable[] = [
  { types: ['github_repository'], volatile: ['primary_language', 'pushed_at', 'updated_at'] },
  { types: ['github_team'], volatile: ['members_count'] },
]

/** From the general to the particular: a later table overrides an earlier one for the same field. */
export const comparisonTables: readonly ComparisonTable[] = [
  everyType,
  aws,
  awsProviderSets,
  ...awsByType,
  ...awsVolatile,
  kubernetes,
  ...kubernetesByKind,
  kubernetesInTerraform,
  kubernetesManifest,
  google,
  ...googleByType,
  azure,
  ...azureByType,
  azuread,
  github,
  ...githubByType,
]
