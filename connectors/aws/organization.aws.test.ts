import { afterAll, beforeAll, expect, test } from 'bun:test'
import { FaultProxy } from '../../test/estate/fault-proxy.ts'
import { type AwsCall, callAws, Moto } from '../../test/estate/moto.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { aws } from './connector.ts'

let moto: Moto
let proxy: FaultProxy
let members: readonly { readonly Id: string; readonly Name: string }[]
const organizations = (method: string, given: object): AwsCall => ({
  ...{ service: 'organizations', region: 'us-east-1', method, arguments: given },
})
const account = (name: string) => organizations('create_account', { AccountName: name, Email: `${name}@example.com` })

beforeAll(async () => {
  moto = await Moto.start()
  proxy = await FaultProxy.start(moto.url)
  process.env.AWS_ENDPOINT_URL = proxy.url
  await callAws(moto.url, [organizations('create_organization', {}), ...['shop', 'lab', 'left'].map(account)])
  members = await listed()
  await callAws(moto.url, [organizations('close_account', { AccountId: idOf('left') })])
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await moto[Symbol.asyncDispose]()
})

/** Who the organization has, as moto says it. */
async function listed() {
  const answer = await fetch(`${moto.url}/moto-api/data.json`)
  const { organizations: data } = (await answer.json()) as { organizations: { FakeAccount: object[] } }
  return data.FakeAccount.map((one) => one as { id: string; name: string }).map(({ id, name }) => ({
    Id: id,
    Name: name,
  }))
}
const idOf = (name: string): string => members.find(({ Name }) => Name === name)?.Id ?? ''

const own = '123456789012'
const options = { organization: { role: 'ops/vaino' }, regions: ['eu-west-1'], types: { include: ['aws_sqs_queue'] } }
const queues = (...accounts: readonly string[]) => accounts.map((id) => `aws/${id}/eu-west-1/aws_sqs_queue`).sort()

async function scansOf(more: object = {}) {
  const sink = recordingSink()
  await scanAll(openSource(aws, '', { ...options, ...more }), sink, { concurrency: 4 })
  return sink.scans
}

test('every active account of the organization is watched through the role in it, and its own account as it is', async () => {
  proxy.set(null)
  const scans = await scansOf()
  expect(scans.map(({ scope }): string => scope).sort()).toEqual(queues(own, idOf('shop'), idOf('lab')))
  expect(scans.map(({ outcome }) => outcome?.complete)).not.toContain(false)
  expect(proxy.mutating).toEqual([])
  const without = await scansOf({ organization: { role: 'vaino', exclude: [idOf('lab')] } })
  expect(without.map(({ scope }): string => scope).sort()).toEqual(queues(own, idOf('shop')))
})

test('I5: accounts that refuse the role fail for themselves, and name it; the others are read', async () => {
  proxy.set({ kind: 'denied', services: ['sts'], operations: ['AssumeRole'] })
  const scans = await scansOf()
  const byScope = new Map(scans.map(({ scope, outcome }) => [scope as string, outcome]))
  expect([...byScope.keys()].sort()).toEqual(queues(own, idOf('shop'), idOf('lab')))
  const [ours, shop] = [byScope.get(queues(own)[0] ?? ''), byScope.get(queues(idOf('shop'))[0] ?? '')]
  expect(ours?.complete).toBe(true)
  expect(shop?.complete).toBe(false)
  expect(messages(shop?.errors).join()).toContain(`arn:aws:iam::${idOf('shop')}:role/ops/vaino`)
})

test('where the organization may not be listed the source says which permission is missing', async () => {
  proxy.set({ kind: 'denied', services: ['organizations'] })
  const targets = openSource(aws, '', options).targets(new AbortController().signal)
  await expect(targets[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    message: expect.stringContaining('organizations:ListAccounts is denied'),
    hint: expect.stringContaining('Allow organizations:ListAccounts'),
  })
})

test('a doctor is told which accounts are not active, and an account that leaves is no target any more', async () => {
  proxy.set(null)
  const source = openSource(aws, '', options)
  const signal = new AbortController().signal
  const said: string[] = []
  for await (const { what } of source.checks?.(signal) ?? []) said.push(what)
  expect(said).toContain(`does not watch account ${idOf('left')} (left) of the organization, which is not active`)
  const scopesNow = async () => {
    for await (const targets of source.targets(signal)) return targets.map(({ scope }): string => scope).sort()
    return []
  }
  expect(await scopesNow()).toEqual(queues(own, idOf('shop'), idOf('lab')))
  await callAws(moto.url, [organizations('close_account', { AccountId: idOf('lab') })])
  expect(await scopesNow()).toEqual(queues(own, idOf('shop')))
})
