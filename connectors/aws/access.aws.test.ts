import { afterEach, expect, test } from 'bun:test'
import { type Interference, queueService, refuse } from '../../test/aws/queue-service.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { aws } from './connector.ts'

const before = { ...process.env }
afterEach(() => {
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name]
  Object.assign(process.env, before)
})

const only = { types: { include: ['aws_sqs_queue'] } }

async function scansOf(where: string, options: object) {
  const sink = recordingSink()
  await scanAll(openSource(aws, where, { ...only, ...options }), sink, { concurrency: 4 })
  return sink.scans
}

test('a profile is read from its file, with its keys and its region', async () => {
  await using service = await queueService(['a'])
  await using folder = await temporaryFolder()
  process.env.AWS_CONFIG_FILE = await folder.write('config', '[profile ops]\nregion = eu-central-1\n')
  const keys = '[ops]\naws_access_key_id = OPSKEY\naws_secret_access_key = example-only\n'
  process.env.AWS_SHARED_CREDENTIALS_FILE = await folder.write('credentials', keys)
  process.env.AWS_ENDPOINT_URL = service.url
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
  await scansOf('ops', { regions: ['eu-central-1'] })
  expect(new Set(service.calls.map(({ signedBy }) => signedBy))).toEqual(new Set(['OPSKEY eu-central-1']))
})

test('a profile whose keys a program prints is asked once, and without any region in sight it works too', async () => {
  await using service = await queueService(['a'])
  await using folder = await temporaryFolder()
  const printed = '{"Version":1,"AccessKeyId":"PRINTED","SecretAccessKey":"example-only"}'
  const program = await folder.write('keys.sh', `echo asked >> ${folder.path}/asked\necho '${printed}'\n`)
  process.env.AWS_CONFIG_FILE = await folder.write('config', `[profile ops]\ncredential_process = sh ${program}\n`)
  process.env.AWS_ENDPOINT_URL = service.url
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
  await scansOf('ops', { regions: ['eu-west-1', 'us-east-1'] })
  expect(service.calls.every(({ signedBy }) => signedBy.startsWith('PRINTED '))).toBe(true)
  expect(await Bun.file(`${folder.path}/asked`).text()).toBe('asked\n')
})

test('keys that expire in the middle are asked for anew, once for all calls that were refused', async () => {
  const expired: Interference = ({ operation, signedBy }, answer) =>
    operation !== 'ListQueues' &&
    signedBy.startsWith('KEY1 ') &&
    refuse(answer, 400, 'ExpiredToken', 'The token has expired')
  await using service = await queueService(['a', 'b', 'c', 'd'], expired)
  await using folder = await temporaryFolder()
  const counting = `echo x >> ${folder.path}/asked; N=$(wc -l < ${folder.path}/asked | tr -d ' ')`
  const printed = 'printf \'{"Version":1,"AccessKeyId":"KEY%s","SecretAccessKey":"example-only"}\' $N'
  const program = await folder.write('keys.sh', `${counting}; ${printed}\n`)
  process.env.AWS_CONFIG_FILE = await folder.write('config', `[profile ops]\ncredential_process = sh ${program}\n`)
  process.env.AWS_ENDPOINT_URL = service.url
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
  const scans = await scansOf('ops', { regions: ['eu-west-1', 'us-east-1'] })
  expect(scans.flatMap(({ outcome }) => messages(outcome?.errors))).toEqual([])
  expect(scans.map(({ resources }) => resources.length)).toEqual([4, 4])
  expect(await Bun.file(`${folder.path}/asked`).text()).toBe('x\nx\n')
})

test('an endpoint of one service is asked for that service alone', async () => {
  await using all = await queueService([])
  await using own = await queueService(['a'])
  process.env.AWS_ENDPOINT_URL = all.url
  process.env.AWS_ENDPOINT_URL_SQS = own.url
  const scans = await scansOf('', { regions: ['eu-west-1'] })
  expect(scans.flatMap(({ resources }) => resources.map(({ id }) => id))).toEqual([...own.ids])
  expect(all.calls).toEqual([])
})

test('I5: a region that can’t be reached is incomplete, and the others are read', async () => {
  const silentIn: Interference = ({ signedBy }) => signedBy.endsWith(' eu-south-1')
  await using service = await queueService(['a'], silentIn)
  process.env.AWS_ENDPOINT_URL = service.url
  const scans = await scansOf('', { regions: ['eu-west-1', 'eu-south-1', 'us-east-1'], call_timeout: '300ms' })
  expect(scans.map(({ scope, outcome }): unknown => [scope.split('/')[2], outcome?.complete]).sort()).toEqual([
    ['eu-south-1', false],
    ['eu-west-1', true],
    ['us-east-1', true],
  ])
  const silent = scans.find(({ scope }) => scope.includes('eu-south-1'))
  expect(messages(silent?.outcome?.errors).join()).toContain(
    'in eu-south-1: sqs:ListQueues failed: no answer within 0.3 s',
  )
})

test('an account without queues is empty, which is complete', async () => {
  await using service = await queueService([])
  process.env.AWS_ENDPOINT_URL = service.url
  const [scan] = await scansOf('', { regions: ['eu-west-1'] })
  expect([scan?.resources, scan?.outcome?.complete]).toEqual([[], true])
})

test.each([200, 502])('I5: a web page with status %d is named as what it is', async (status) => {
  const portal: Interference = (_, answer) => {
    answer
      .writeHead(status, { 'content-type': 'text/html' })
      .end('<!DOCTYPE html><html><body>Please sign in</body></html>')
    return true
  }
  await using service = await queueService(['a'], portal)
  process.env.AWS_ENDPOINT_URL = service.url
  const [scan] = await scansOf('', { regions: ['eu-west-1'] })
  expect(scan?.outcome?.complete).toBe(false)
  expect(messages(scan?.outcome?.errors).join()).toContain(`(HTTP ${status}) is a web page`)
})
