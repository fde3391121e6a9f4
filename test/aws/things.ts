import type { AwsCall } from '../estate/moto.ts'

const region = 'eu-west-1'
const call =
  (service: string) =>
  (method: string, given: object): AwsCall => ({ service, region, method, arguments: given })

const [sqs, s3, iam, ec2] = [call('sqs'), call('s3'), call('iam'), call('ec2')]

const document = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const trust = document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' })
const reading = document({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })
const ownPolicy = 'arn:aws:iam::123456789012:policy/own'

/** What somebody makes in an account that is new, a service after the other. */
export const making: readonly AwsCall[] = [
  sqs('create_queue', { QueueName: 'orders', tags: { team: 'web' } }),
  sqs('create_queue', { QueueName: 'mails' }),
  s3('create_bucket', { Bucket: 'data', CreateBucketConfiguration: { LocationConstraint: region } }),
  s3('create_bucket', { Bucket: 'logs', CreateBucketConfiguration: { LocationConstraint: region } }),
  s3('put_bucket_versioning', { Bucket: 'data', VersioningConfiguration: { Status: 'Enabled' } }),
  s3('put_bucket_tagging', { Bucket: 'data', Tagging: { TagSet: [{ Key: 'team', Value: 'data' }] } }),
  s3('put_public_access_block', { Bucket: 'logs', PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
  iam('create_role', {
    RoleName: 'app',
    AssumeRolePolicyDocument: trust,
    Description: 'the app',
    Tags: [{ Key: 'team', Value: 'web' }],
  }),
  iam('put_role_policy', { RoleName: 'app', PolicyName: 'inline', PolicyDocument: reading }),
  iam('create_policy', { PolicyName: 'own', PolicyDocument: reading }),
  iam('attach_role_policy', { RoleName: 'app', PolicyArn: ownPolicy }),
  iam('create_user', { UserName: 'bob' }),
  iam('create_group', { GroupName: 'ops' }),
  ec2('create_security_group', { GroupName: 'web', Description: 'web servers' }),
  ec2('authorize_security_group_ingress', {
    GroupName: 'web',
    IpProtocol: 'tcp',
    FromPort: 443,
    ToPort: 443,
    CidrIp: '10.0.0.0/8',
  }),
]

/** Types whose calls the stand-in doesn't know, or answers for every account there is. */
export const notOfStandIn: readonly string[] = [
  'aws_ami',
  'aws_appautoscaling_target',
  'aws_db_option_group',
  'aws_ebs_snapshot',
  'aws_eks_access_entry',
  'aws_eks_addon',
  'aws_lambda_function_url',
  'aws_msk_cluster',
]

/** Which types that makes, each with its names; what AWS makes itself in every account is not among them. */
export const made: Readonly<Record<string, string[]>> = {
  aws_iam_group: ['ops'],
  aws_iam_policy: ['own'],
  aws_iam_role: ['app'],
  aws_iam_role_policy: ['inline'],
  aws_iam_role_policy_attachment: ['app'],
  aws_iam_user: ['bob'],
  aws_s3_bucket: ['data', 'logs'],
  aws_s3_bucket_public_access_block: ['logs'],
  aws_s3_bucket_versioning: ['data'],
  aws_security_group: ['web'],
  aws_sqs_queue: ['mails', 'orders'],
}

/** Edits by hand, each with the resource that shows it. */
export const edits: readonly {
  readonly call: AwsCall
  readonly type: string
  readonly name: string
  readonly says: string
}[] = [
  {
    call: iam('tag_role', { RoleName: 'app', Tags: [{ Key: 'team', Value: 'db' }] }),
    ...{ type: 'aws_iam_role', name: 'app', says: '"team":"db"' },
  },
  {
    call: iam('put_role_policy', {
      RoleName: 'app',
      PolicyName: 'inline',
      PolicyDocument: document({ Effect: 'Allow', Action: '*', Resource: '*' }),
    }),
    ...{ type: 'aws_iam_role_policy', name: 'inline', says: String.raw`\"Action\":\"*\"` },
  },
  {
    call: s3('put_bucket_versioning', { Bucket: 'data', VersioningConfiguration: { Status: 'Suspended' } }),
    ...{ type: 'aws_s3_bucket_versioning', name: 'data', says: '"Status":"Suspended"' },
  },
  {
    call: sqs('tag_queue', { QueueUrl: 'mails', Tags: { owner: 'me' } }),
    ...{ type: 'aws_sqs_queue', name: 'mails', says: '"owner":"me"' },
  },
]
