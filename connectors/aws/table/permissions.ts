import { type Service, type ServiceName, services } from '../sdk/services.ts'

/** Operations whose permission has another name than they have. */
const named: Readonly<Record<string, string>> = {
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetBucketNotificationConfiguration': 's3:GetBucketNotification',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:GetBucketCors': 's3:GetBucketCORS',
  's3:GetBucketAccelerateConfiguration': 's3:GetAccelerateConfiguration',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
}

/** The IAM permission that an operation needs. */
export function permissionOf(service: ServiceName, operation: string): string {
  const { permissions = service }: Service = services[service]
  const action = `${permissions}:${operation}`
  if (permissions === 'apigateway') return 'apigateway:GET'
  return named[action] ?? action
}
