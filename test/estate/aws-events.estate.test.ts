import { expect, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { needs } from '../lanes.ts'
import { RealTerraform } from '../terraform/real-terraform.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'
import { awsVariables, instancesOf } from './estate.ts'
import { callAws, Moto } from './moto.ts'

const region = 'eu-west-1'

test('examples/aws-events is applied by the real terraform, and an event of CloudTrail comes into its queue', async () => {
  await using moto = await Moto.start()
  await using folder = await temporaryFolder()
  const module = fileURLToPath(new URL('../../examples/aws-events/main.tf', import.meta.url))
  copyFileSync(module, `${folder.path}/main.tf`)
  const env = { ...awsVariables(moto.url), AWS_REGION: region }
  const terraform = new RealTerraform(folder.path, { '*/*/*': needs.awsProvider.found ?? '' }, env)
  await terraform.init()
  await terraform.apply('-var=reader_arns=["arn:aws:iam::111122223333:role/vaino"]')
  const queue = instancesOf(folder.path).find(({ address }) => address === 'aws_sqs_queue.events')?.attributes.url
  const detail = { eventID: 'e-1', eventName: 'DeleteVpc', eventSource: 'ec2.amazonaws.com', readOnly: false }
  const entry = { Source: 'aws.ec2', DetailType: 'AWS API Call via CloudTrail', Detail: JSON.stringify(detail) }
  const { body = '' } = await callAws(moto.url, [
    { service: 'events', region, method: 'put_events', arguments: { Entries: [entry] } },
    {
      service: 'sqs',
      region,
      method: 'receive_message',
      arguments: { QueueUrl: queue },
      save: { body: 'Messages.0.Body' },
    },
  ])
  expect(JSON.parse(body).detail).toEqual(detail)
}, 300_000)
