import type { JsonObject } from '../../../../model/json.ts'
import type { Detail, Listing, Row } from '../row.ts'
import { objectsIn } from './row-parts.ts'

/** With a page size S3 says of each bucket in which region it is. */
const buckets: Listing = {
  service: 's3',
  operation: 'ListBuckets',
  input: { MaxBuckets: 1000 },
  next: { ContinuationToken: 'ContinuationToken' },
}

const ofBuckets = {
  list: buckets,
  items: 'Buckets',
  // Names of buckets are one for all accounts, and the listing has the own ones.
  one: { input: { MaxBuckets: 1000, Prefix: '{$id}' }, deletedBy: ['DeleteBucket'] },
  isGlobal: true,
  gone: ['NoSuchBucket'],
  id: '{Name}',
  name: '{Name}',
  region: 'BucketRegion',
} as const

/** Where the listing doesn't say where a bucket is, as servers that speak S3 and aren't AWS's. */
const location: Detail = {
  operation: 'GetBucketLocation',
  input: { Bucket: '{Name}' },
  unless: 'BucketRegion',
  take: 'LocationConstraint',
  as: 'BucketRegion',
  // The oldest region has no name there.
  otherwise: 'us-east-1',
}

/** A part of a bucket that Terraform has as a type of its own, with the bucket's name as its id. */
const part = (
  type: string,
  operation: string,
  more: Partial<Detail> = {},
  isDefault?: (item: JsonObject) => boolean,
): Row => ({
  ...ofBuckets,
  type: `aws_s3_bucket_${type}`,
  keep: ['Name', 'BucketRegion'],
  metadata: ['BucketRegion'],
  details: [location, { operation, input: { Bucket: '{Name}' }, isTheThing: true, ...more }],
  ...(isDefault === undefined ? {} : { ambient: (item) => (isDefault(item) ? 'default' : null) }),
})

/** As S3 makes new buckets: with its own keys, all public access blocked, and without ACLs. */
const isOwnEncryption = (item: JsonObject): boolean =>
  objectsIn(item, 'Rules').every(
    ({ ApplyServerSideEncryptionByDefault: by }) => (by as JsonObject | undefined)?.SSEAlgorithm === 'AES256',
  )

const blocksAll = (item: JsonObject): boolean =>
  ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'].every(
    (name) => item[name] === true,
  )

/** Nobody but the owner has a right. */
const isPrivate = (item: JsonObject): boolean => {
  const owner = (item.Owner as JsonObject | undefined)?.ID
  return objectsIn(item, 'Grants').every(({ Grantee }) => (Grantee as JsonObject | undefined)?.ID === owner)
}

export const s3Rows: readonly Row[] = [
  {
    ...ofBuckets,
    type: 'aws_s3_bucket',
    arn: 'arn:{$partition}:s3:::{Name}',
    details: [
      location,
      {
        operation: 'GetBucketTagging',
        input: { Bucket: '{Name}' },
        take: 'TagSet',
        as: 'Tags',
        absent: ['NoSuchTagSet', 'NoSuchTagSetError'],
      },
    ],
    metadata: ['CreationDate', 'BucketArn', 'BucketRegion'],
  },
  part('versioning', 'GetBucketVersioning'),
  part('policy', 'GetBucketPolicy', { absent: ['NoSuchBucketPolicy'] }),
  part(
    'server_side_encryption_configuration',
    'GetBucketEncryption',
    { take: 'ServerSideEncryptionConfiguration', absent: ['ServerSideEncryptionConfigurationNotFoundError'] },
    isOwnEncryption,
  ),
  part(
    'public_access_block',
    'GetPublicAccessBlock',
    { take: 'PublicAccessBlockConfiguration', absent: ['NoSuchPublicAccessBlockConfiguration'] },
    blocksAll,
  ),
  part('lifecycle_configuration', 'GetBucketLifecycleConfiguration', { absent: ['NoSuchLifecycleConfiguration'] }),
  part('logging', 'GetBucketLogging', { take: 'LoggingEnabled' }),
  part('cors_configuration', 'GetBucketCors', { absent: ['NoSuchCORSConfiguration'] }),
  part('website_configuration', 'GetBucketWebsite', { absent: ['NoSuchWebsiteConfiguration'] }),
  part('notification', 'GetBucketNotificationConfiguration'),
  part(
    'ownership_controls',
    'GetBucketOwnershipControls',
    { take: 'OwnershipControls', absent: ['OwnershipControlsNotFoundError'] },
    (item) => objectsIn(item, 'Rules').every(({ ObjectOwnership }) => ObjectOwnership === 'BucketOwnerEnforced'),
  ),
  {
    ...part('acl', 'GetBucketAcl', {}, isPrivate),
    // Terraform's own id has the name of the ready-made ACL as well, where one was written.
    idInState: '{bucket}',
  },
  part('replication_configuration', 'GetBucketReplication', {
    take: 'ReplicationConfiguration',
    absent: ['ReplicationConfigurationNotFoundError'],
  }),
  part('object_lock_configuration', 'GetObjectLockConfiguration', {
    take: 'ObjectLockConfiguration',
    absent: ['ObjectLockConfigurationNotFoundError'],
  }),
  part('accelerate_configuration', 'GetBucketAccelerateConfiguration'),
]
