import { expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { formats } from '../terminal/output.ts'
import { root, temporaryFolder, vaino } from '../test-cli.ts'

test('config show gives programs a line for each key', async () => {
  const { code, stdout } = await vaino(['config', 'show', '-o', 'ndjson', '--listen', '127.0.0.1:0'])
  expect(code).toBe(0)
  const settings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(settings.length).toBeGreaterThan(10)
  expect(settings).toContainEqual({ key: 'listen', value: '127.0.0.1:0', from: '--listen' })
})

test('config check refuses the addresses that up refuses', async () => {
  await using folder = await temporaryFolder()
  const said = async (command: readonly string[], listen: string) => {
    const { code, stderr } = await vaino([...command, '--listen', listen], { cwd: folder.path })
    return { code, stderr }
  }
  for (const listen of ['localhost:99999', '0.0.0.0:0']) {
    const refused = await said(['config', 'check'], listen)
    expect(refused.stderr).toContain(listen)
    expect(refused).toEqual({ code: 2, stderr: refused.stderr })
    expect(await said(['up'], listen)).toEqual(refused)
  }
})

test('I9: config show prints no secret key, in no format', async () => {
  const env = {
    VAINO_KAFKA__SASL__MECHANISM: 'plain',
    VAINO_KAFKA__SASL__USERNAME: 'vaino',
    VAINO_KAFKA__SASL__PASSWORD: 'hunter2-of-the-brokers',
    VAINO_KAFKA__REDACTION_KEY: 'hunter2-of-the-digests',
    VAINO_TOKENS__READ: 'hunter2-of-the-readers',
  }
  for (const format of formats) {
    const { code, stdout, stderr } = await vaino(['config', 'show', '-o', format], { env })
    expect([format, code]).toEqual([format, 0])
    expect(stdout).toContain('redaction_key')
    expect(stdout + stderr).not.toContain('hunter2')
  }
})

test('config permissions prints the policy of AWS and the role of Google Cloud, for what is configured, and asks neither', async () => {
  await using folder = await temporaryFolder()
  const permissions = (...args: string[]) => vaino(['config', 'permissions', ...args], { cwd: folder.path })
  const aws = await permissions('--source', 'aws:ops')
  expect(aws).toMatchObject({ code: 0, stderr: '' })
  const page = await readFile(path.join(root, 'docs/aws.md'), 'utf8')
  expect(page).toContain(aws.stdout)
  const gcp = await permissions('--source', 'gcp:acme-shop')
  expect(await readFile(path.join(root, 'docs/gcp.md'), 'utf8')).toContain(gcp.stdout)

  const queue = 'https://sqs.eu-west-1.amazonaws.com/111122223333/vaino-events'
  const sources = [
    {
      kind: 'aws',
      where: 'ops',
      types: { include: ['aws_sqs_queue'] },
      events: { queue },
      organization: { role: 'v' },
    },
    { kind: 'gcp', where: 'acme-shop', types: { include: ['google_dns_policy'] } },
  ]
  await writeFile(path.join(folder.path, 'vaino.yaml'), JSON.stringify({ sources }))
  const both = await permissions()
  const [policy = '', role = ''] = both.stdout.split('---\n')
  expect(JSON.parse(policy.replace('# aws:ops\n', ''))).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'VainoReads', Effect: 'Allow', Resource: '*' },
        Action: [
          ...['ec2:DescribeRegions', 'organizations:ListAccounts', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'],
          ...['sqs:GetQueueAttributes', 'sqs:ListQueueTags', 'sqs:ListQueues', 'sqs:ReceiveMessage'],
        ],
      },
      { Sid: 'VainoAssumesRoles', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ['arn:*:iam::*:role/v'] },
    ],
  })
  expect(parse(role)).toMatchObject({ includedPermissions: expect.arrayContaining(['dns.policies.list']) })
  expect(role).not.toContain('compute')

  const none = await permissions('--source', 'terraform:./infra', '--config', '/dev/null')
  expect(none).toMatchObject({ code: 2, stdout: '' })
})
