import { expect, test } from 'bun:test'
import { type AwsFault, FaultProxy } from './fault-proxy.ts'
import { type AwsCall, callAws, Moto } from './moto.ts'

const call = (service: string, method: string, args: object = {}): AwsCall => ({
  service,
  region: 'eu-west-1',
  method,
  arguments: args,
})
/** One call of each protocol. */
const reads = [
  call('ec2', 'describe_vpcs'),
  call('iam', 'list_users'),
  call('dynamodb', 'list_tables'),
  call('s3', 'get_bucket_acl', { Bucket: 'mine' }),
  call('lambda', 'list_functions'),
]

test('a fault is what a client sees, in the words of each protocol, and every call is kept', async () => {
  await using moto = await Moto.start()
  await using proxy = await FaultProxy.start(moto.url)
  const bucket = { Bucket: 'mine', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }
  const made = [call('s3', 'create_bucket', bucket), call('sqs', 'create_queue', { QueueName: 'mine' })]
  await callAws(proxy.url, [...made, ...reads])
  expect(proxy.mutating.map(({ operation }) => operation)).toEqual(['PUT /mine', 'CreateQueue'])
  expect(proxy.calls.map(({ service }) => service)).toEqual(['s3', 'sqs', 'ec2', 'iam', 'dynamodb', 's3', 'lambda'])

  const seen = async (fault: AwsFault, one: AwsCall): Promise<string> => {
    proxy.set(fault)
    const said = await callAws(proxy.url, [one]).then(
      () => 'nothing',
      (error: Error) => error.message,
    )
    expect(proxy.failed).toBeGreaterThan(0)
    expect(proxy.mutating).toEqual([])
    return said
  }
  for (const one of reads) expect(await seen({ kind: 'denied' }, one)).toMatch(/AccessDenied|UnauthorizedOperation/)
  const users = call('iam', 'list_users')
  const queue = call('sqs', 'get_queue_url', { QueueName: 'mine' })
  expect(await seen({ kind: 'expired' }, users)).toContain('ExpiredToken')
  expect(await seen({ kind: 'throttled', services: ['iam'] }, users)).toContain('Throttling')
  expect(await seen({ kind: 'error_500' }, users)).toContain('InternalFailure')
  expect(await seen({ kind: 'cut' }, users)).not.toBe('nothing')
  expect(await seen({ kind: 'other_account' }, queue)).toContain('NonExistentQueue')
  expect(await seen({ kind: 'other_region' }, queue)).toContain('NonExistentQueue')
  // This is why it is dangerous: a client takes the page for an empty list.
  expect(await seen({ kind: 'html' }, call('sqs', 'list_queues'))).toBe('nothing')
})
