import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/property.ts'
import { rowOf } from '../table/table.ts'
import { actorOf } from './actor.ts'
import { affectedBy } from './affected.ts'
import { type CloudTrailEvent, readDetail, readMessage } from './cloudtrail-event.ts'
import { typeOfNoun, typesByPrefix } from './ec2-ids.ts'
import { eventRules } from './event-rules.ts'

const account = '111122223333'

const alice = {
  type: 'AssumedRole',
  arn: `arn:aws:sts::${account}:assumed-role/admin/alice`,
  accountId: account,
  sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${account}:role/admin`, userName: 'admin' } },
}

const call = (eventName: string, eventSource: string, more: object = {}) => ({
  ...{ eventID: `id of ${eventName}`, eventName, eventSource: `${eventSource}.amazonaws.com` },
  ...{ eventTime: '2026-11-29T12:00:00Z', awsRegion: 'eu-west-1', recipientAccountId: account, readOnly: false },
  ...{ userIdentity: alice, userAgent: 'console.amazonaws.com', ...more },
})

const delivered = (detail: object) =>
  JSON.stringify({
    'detail-type': 'AWS API Call via CloudTrail',
    account,
    source: 'aws.ec2',
    region: 'eu-west-1',
    detail,
  })

function eventOf(detail: object): CloudTrailEvent {
  const read = readMessage(delivered(detail), account)
  if (typeof read === 'string') throw new Error(`the event was passed over: ${read}`)
  return read
}

const affected = (detail: object) => {
  const found = affectedBy(eventOf(detail))
  return found === null ? null : Object.fromEntries(found)
}

test('an event says who did what, where and when', () => {
  const detail = call('UpdateFunctionCode20150331v2', 'lambda', { requestParameters: { functionName: 'resize' } })
  expect(eventOf(detail)).toMatchObject({
    ...{ id: 'id of UpdateFunctionCode20150331v2', name: 'UpdateFunctionCode', service: 'lambda' },
    ...{ account, region: 'eu-west-1', occurredAt: '2026-11-29T12:00:00Z' },
    actor: {
      ...{ type: 'AssumedRole', arn: `arn:aws:iam::${account}:role/admin`, session: 'alice', account },
      user_agent: 'console.amazonaws.com',
    },
  })
  const notification = JSON.stringify({ Type: 'Notification', Message: delivered(detail) })
  expect(readMessage(notification, account)).toEqual(eventOf(detail))
  expect(readDetail(detail, account)).toEqual(eventOf(detail))
})

test('the actor of a user, the root, a service and nobody', () => {
  const user = `arn:aws:iam::${account}:user/bob`
  expect(actorOf({ userIdentity: { type: 'IAMUser', arn: user, userName: 'bob' } })).toEqual({
    type: 'IAMUser',
    arn: user,
  })
  const root = `arn:aws:iam::${account}:root`
  expect(actorOf({ userIdentity: { type: 'Root', arn: root } })).toEqual({ type: 'Root', arn: root })
  const service = { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' }
  expect(actorOf({ userIdentity: service })).toEqual({ type: 'AWSService', via: 'autoscaling.amazonaws.com' })
  const named = { ...alice, sessionContext: { ...alice.sessionContext, sourceIdentity: 'alice@example.com' } }
  expect(actorOf({ userIdentity: named })).toMatchObject({ session: 'alice@example.com' })
  expect(actorOf({ userIdentity: null, userAgent: 7 })).toBeNull()
  expect(JSON.stringify(actorOf({ userAgent: 'x'.repeat(100_000) })).length).toBeLessThan(1000)
})

test('what changed nothing, is no call, or is not what CloudTrail writes is told apart', () => {
  expect(readMessage(delivered(call('DescribeInstances', 'ec2', { readOnly: true })), account)).toBe('no_change')
  expect(readMessage(delivered(call('RunInstances', 'ec2', { errorCode: 'AccessDenied' })), account)).toBe('no_change')
  const signIn = { 'detail-type': 'AWS Console Sign In via CloudTrail', detail: {} }
  expect(readMessage(JSON.stringify(signIn), account)).toBe('no_call')
  const forged = [
    { eventTime: 'yesterday' },
    { eventName: 'Run Instances; x' },
    { awsRegion: '../..' },
    { recipientAccountId: 'all' },
    { eventSource: 'EC2/../s3' },
    { requestParameters: 'i-0123456789abcdef0' },
  ]
  for (const members of forged) {
    expect([members, readMessage(delivered(call('RunInstances', 'ec2', members)), account)]).toEqual([
      members,
      'unusable',
    ])
  }
  for (const body of [
    '',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"detail":null}',
    '{"Type":"Notification","Message":7}',
    '<html>',
  ]) {
    expect([body, readMessage(body, account)]).toEqual([body, 'unusable'])
  }
})

test('no message makes the reader throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (detail, request, name) => {
      readMessage(JSON.stringify({ detail }), account)
      const read = readMessage(
        delivered(call(name, 'ec2', { requestParameters: request, userIdentity: detail })),
        account,
      )
      if (typeof read !== 'string') affectedBy(read)
    }),
    runs(300),
  )
})

test('an event of EC2 is about the things that its operation is about, by the ids that it names', () => {
  const group = 'sg-0123456789abcdef0'
  const rule = 'sgr-0123456789abcdef1'
  const ingress = {
    requestParameters: { groupId: group, vpcId: 'vpc-0123456789abcdef2' },
    responseElements: { securityGroupRuleSet: { items: [{ securityGroupRuleId: rule, groupId: group }] } },
  }
  expect(affected(call('AuthorizeSecurityGroupIngress', 'ec2', ingress))).toEqual({
    aws_security_group: [group],
    aws_vpc_security_group_ingress_rule: [rule],
  })
  const ipPermissions = {
    items: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }],
  }
  const revoked = {
    requestParameters: {
      groupId: group,
      ipPermissions,
      securityGroupRuleIds: { items: [{ securityGroupRuleId: rule }] },
    },
  }
  expect(affected(call('RevokeSecurityGroupEgress', 'ec2', revoked))).toEqual({
    aws_security_group: [group],
    aws_vpc_security_group_egress_rule: [rule],
  })
  // It doesn't say in which direction its rules go: each is looked for in both.
  const change = { SecurityGroupRuleId: rule, SecurityGroupRule: { IpProtocol: 'tcp', CidrIpv4: '10.0.0.0/8' } }
  const modified = {
    requestParameters: { ModifySecurityGroupRulesRequest: { GroupId: group, SecurityGroupRule: [change] } },
  }
  expect(affected(call('ModifySecurityGroupRules', 'ec2', modified))).toEqual({
    aws_security_group: [group],
    aws_vpc_security_group_ingress_rule: [rule],
    aws_vpc_security_group_egress_rule: [rule],
  })
  expect(affected(call('CreateSecurityGroup', 'ec2', { responseElements: { groupId: group } }))).toEqual({
    aws_security_group: [group],
    aws_vpc_security_group_egress_rule: [],
  })
  const tags = {
    requestParameters: { resourcesSet: { items: [{ resourceId: 'vol-01234567' }, { resourceId: 'igw-01234567' }] } },
  }
  expect(affected(call('CreateTags', 'ec2', tags))).toEqual({
    aws_ebs_volume: ['vol-01234567'],
    aws_internet_gateway: ['igw-01234567'],
  })
  const run = {
    responseElements: { instancesSet: { items: [{ instanceId: 'i-0123456789abcdef0', subnetId: 'subnet-01234567' }] } },
  }
  expect(affected(call('RunInstances', 'ec2', run))).toEqual({
    aws_instance: ['i-0123456789abcdef0'],
    aws_ebs_volume: [],
    aws_network_interface: [],
  })
  expect(affected(call('AcceptSomethingNew', 'ec2', tags))).toBeNull()
})

test('an event of another service is about the types of its operation, by the ids that Terraform has', () => {
  const arn = (rest: string) => `arn:aws:${rest}`
  const policy = arn(`iam::${account}:policy/p`)
  const cases: [string, string, object, Record<string, readonly string[]> | null][] = [
    [
      'iam',
      'PutRolePolicy',
      { requestParameters: { roleName: 'r', policyName: 'p' } },
      { aws_iam_role_policy: ['r:p'] },
    ],
    [
      'iam',
      'AttachRolePolicy',
      { requestParameters: { roleName: 'r', policyArn: policy } },
      { aws_iam_role_policy_attachment: [`r/${policy}`] },
    ],
    ['iam', 'UpdateAssumeRolePolicy', { requestParameters: { roleName: 'r' } }, { aws_iam_role: ['r'] }],
    ['s3', 'PutBucketPolicy', { requestParameters: { bucketName: 'b' } }, { aws_s3_bucket_policy: ['b'] }],
    [
      's3',
      'DeleteBucketLifecycle',
      { requestParameters: { bucketName: 'b' } },
      { aws_s3_bucket_lifecycle_configuration: ['b'] },
    ],
    ['sqs', 'CreateQueue', { responseElements: { queueUrl: 'https://q' } }, { aws_sqs_queue: ['https://q'] }],
    ['kms', 'DisableKey', { resources: [{ ARN: arn(`kms:eu-west-1:${account}:key/k`) }] }, { aws_kms_key: ['k'] }],
    [
      'rds',
      'ModifyDBInstance',
      { responseElements: { dbiResourceId: 'db-X', dBInstanceIdentifier: 'main' } },
      { aws_db_instance: ['db-X'] },
    ],
    [
      'rds',
      'ModifyDBInstance',
      { responseElements: { dbiResourceId: 'db-Y', dBInstanceIdentifier: 'm-1', dBClusterIdentifier: 'm' } },
      { aws_rds_cluster_instance: ['m-1'] },
    ],
    [
      'rds',
      'CreateDBInstance',
      { requestParameters: { dBInstanceIdentifier: 'm-2', dBClusterIdentifier: 'm', engine: 'aurora-mysql' } },
      { aws_rds_cluster_instance: ['m-2'] },
    ],
    // Without an answer it may be either.
    [
      'rds',
      'AddRoleToDBInstance',
      { requestParameters: { dBInstanceIdentifier: 'x', roleArn: arn(`iam::${account}:role/r`) } },
      { aws_db_instance: [], aws_rds_cluster_instance: ['x'] },
    ],
    ['rds', 'ModifyDBCluster', { requestParameters: { dBClusterIdentifier: 'm' } }, { aws_rds_cluster: ['m'] }],
    ['rds', 'ModifyDBSubnetGroup', { requestParameters: { dBSubnetGroupName: 's' } }, { aws_db_subnet_group: ['s'] }],
    [
      'rds',
      'AddTagsToResource',
      { requestParameters: { resourceName: arn(`rds:eu-west-1:${account}:cluster:m`), tags: [] } },
      { aws_rds_cluster: ['m'] },
    ],
    [
      'rds',
      'RemoveTagsFromResource',
      { requestParameters: { resourceName: arn(`rds:eu-west-1:${account}:db:x`), tagKeys: ['a'] } },
      { aws_db_instance: [], aws_rds_cluster_instance: ['x'] },
    ],
    [
      'eks',
      'UpdateNodegroupConfig',
      { requestParameters: { clusterName: 'c', nodegroupName: 'n' } },
      { aws_eks_node_group: ['c:n'] },
    ],
    ['sqs', 'PurgeSomething', {}, null],
    ['constructor', 'Anything', {}, null],
  ]
  for (const [service, operation, more, expected] of cases) {
    const found = affected(call(operation, service, more))
    expect([operation, found]).toEqual([operation, expected])
  }
})

test('every part of a bucket is looked at when the bucket comes or goes', () => {
  const found = affected(call('DeleteBucket', 's3', { requestParameters: { bucketName: 'b' } })) ?? {}
  expect(Object.keys(found).length).toBeGreaterThan(10)
  expect(new Set(Object.values(found).flat())).toEqual(new Set(['b']))
})

test('every type that an event is about is one that is read: else the event would wake nothing, and not its service either', () => {
  const ofEc2 = [...Object.values(typesByPrefix), ...typeOfNoun.map(([, types]) => types)].flat()
  const ofOthers = Object.values(eventRules).flatMap((rules) => rules.map(({ type }) => type))
  const unread = [...ofEc2, ...ofOthers].filter((type) => rowOf(type) === undefined)
  expect(unread).toEqual([])
})
