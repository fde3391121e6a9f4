import { expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { observed, startTestServer, testScope } from '../../api/test-server.ts'
import { partitionOf } from '../../model/partition.ts'
import { RuleUsage } from '../../model/rules-usage.ts'
import type { Scope } from '../../model/scope.ts'
import { loadConfig } from '../../pipeline/config/load.ts'
import type { Finding } from '../../pipeline/doctor/finding.ts'
import { loadRules } from '../../pipeline/rules/load-rules.ts'
import { startVaino, stateOf, temporaryFolder, vaino } from '../test-cli.ts'
import { version } from './version.ts'

const found = async (args: readonly string[], cwd: string) => {
  const { code, stdout, stderr } = await vaino(['doctor', '-o', 'json', ...args], { cwd })
  const all = JSON.parse(stdout) as Finding[]
  const of = (check: string) => all.filter((finding) => finding.check === check)
  return { code, stderr, all, of }
}

test('where all is well each check is one line, nothing is written, and the exit code is 0', async () => {
  await using folder = await temporaryFolder()
  writeFileSync(path.join(folder.path, 'infra.tfstate'), stateOf({ a: 1 }))
  const sources = ['--source', 'terraform:infra.tfstate']
  writeFileSync(path.join(folder.path, 'vaino.yaml'), 'retention: {size: 1MB}\n')
  const { code, stdout, stderr } = await vaino(['doctor', '--listen', '127.0.0.1:0', ...sources], { cwd: folder.path })
  expect(stderr).toBe('')
  expect(
    stdout
      .replace(/\S+ \S+ are free/, 'N are free')
      .trimEnd()
      .split('\n'),
  ).toEqual([
    `ok       runtime: vaino ${version} runs on bun ${Bun.version}`,
    'ok       configuration: vaino.yaml was read, 3 keys are given',
    'ok       rules: there is no rules.yaml, so nothing is ignored',
    'ok       server: 127.0.0.1:0: a free port will be picked',
    'ok       data directory: .vaino is not there yet and can be made',
    'ok       disk: N are free',
    'ok       source terraform:infra.tfstate: can be opened, 1 scope',
  ])
  expect(code).toBe(0)
  expect(readdirSync(folder.path).toSorted()).toEqual(['infra.tfstate', 'vaino.yaml'])
})

test('what fails says what to do, the rest is checked all the same, and the exit code is 2', async () => {
  await using folder = await temporaryFolder()
  const other = createServer((socket) => socket.end('220 mail\r\n')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' ? address?.port : 0
  const sources = ['--source', 'terraform:nowhere', '--source', 'teraform:x']
  const { code, of } = await found(['--listen', `127.0.0.1:${port}`, ...sources], folder.path)
  other.close()
  expect(code).toBe(2)
  expect(of('server')).toMatchObject([{ status: 'failed', hint: expect.stringContaining('--listen') }])
  expect(of('source terraform:nowhere')).toMatchObject([
    { status: 'failed', message: expect.stringContaining('nowhere') },
  ])
  expect(of('source teraform:x')).toMatchObject([
    { status: 'failed', message: expect.stringContaining('Did you mean') },
  ])
  expect(of('data directory')).toMatchObject([{ status: 'ok' }])
})

test('rules that can not be used are named with their place, and those that are hardly meant by the vaino that has them', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'rules.yaml')
  writeFileSync(file, 'ignore: [{type: disk}]\n')
  const bad = await found(['--listen', '127.0.0.1:0'], folder.path)
  expect(bad.of('rules')).toMatchObject([
    { status: 'failed', message: expect.stringContaining('rules.yaml:1:10: ignore[0].reason') },
  ])
  writeFileSync(file, 'ignore: [{name: disks, type: disk, reason: noise}]\n')
  await using server = await startTestServer()
  await server.ingest(observed('a'))
  const { rules, places } = loadRules(loadConfig({ folder: folder.path, environment: {} }), folder.path)
  server.rules.set(rules, places)
  const usage = new RuleUsage(rules)
  for (const change of server.engine.reader.changes(partitionOf(testScope as Scope, 8), 0, 100, 100))
    usage.addChange(change.subject(), 0)
  server.rules.week = usage
  const { of, code } = await found(['--server', server.url], folder.path)
  expect(of('rules')).toMatchObject([
    { status: 'ok', message: 'rules.yaml was read: 1 ignore, 0 types are compared otherwise' },
    { status: 'warning', message: 'rules.yaml:1:10 disks matches nothing of the changes of a week' },
  ])
  expect(code).toBe(1)
})

test('scarce disk space is a warning, and the exit code 1', async () => {
  await using folder = await temporaryFolder()
  writeFileSync(path.join(folder.path, 'vaino.yaml'), 'retention: {size: 500000GB}\n')
  const { code, of } = await found(['--listen', '127.0.0.1:0'], folder.path)
  expect(of('disk')).toMatchObject([{ status: 'warning', hint: expect.stringContaining('retention.size') }])
  expect(code).toBe(1)
})

test('a vaino that runs is known by its answer, and its directory by being in use', async () => {
  await using folder = await temporaryFolder()
  writeFileSync(path.join(folder.path, 'infra.tfstate'), stateOf({ a: 1 }))
  const sources = ['--source', 'terraform:infra.tfstate']
  await using running = startVaino(['up', '--listen', '127.0.0.1:0', ...sources], { cwd: folder.path })
  const [, listen = ''] = await running.until(/listening on http:\/\/([\d.:]+)/)
  const { of } = await found(['--listen', listen, ...sources], folder.path)
  expect(of('server')).toMatchObject([{ status: 'ok', message: expect.stringMatching(/^a vaino \S+ answers at/) }])
  expect(of('data directory')).toMatchObject([{ status: 'ok', message: expect.stringContaining('has it open') }])
})

test('a server that is named is asked, and not the address to serve on', async () => {
  await using folder = await temporaryFolder()
  await using other = startVaino(['up', '--listen', '127.0.0.1:0', '--data-dir', 'other'], { cwd: folder.path })
  const [, url = ''] = await other.until(/listening on (\S+)/)
  const named = await found(['--server', url], folder.path)
  expect(named.of('server')).toMatchObject([{ status: 'ok', message: expect.stringContaining(`answers at ${url}`) }])
  const missing = await found(['--server', 'http://127.0.0.1:1'], folder.path)
  expect(missing.of('server')).toMatchObject([
    { status: 'failed', message: 'No vaino answers at http://127.0.0.1:1: nothing listens there' },
  ])
  expect(missing.code).toBe(2)
})

test('a configuration that is wrong is reported as it is elsewhere', async () => {
  await using folder = await temporaryFolder()
  writeFileSync(path.join(folder.path, 'vaino.yaml'), 'retension: {}\n')
  const { code, all } = await found([], folder.path)
  expect(all).toMatchObject([
    { check: 'runtime', status: 'ok' },
    { check: 'configuration', status: 'failed', message: expect.stringContaining('vaino.yaml:1') },
  ])
  expect(code).toBe(2)
})

test('a scope of a running vaino that fails says what to do, and whether it is tried again', async () => {
  await using folder = await temporaryFolder()
  mkdirSync(path.join(folder.path, 'infra'))
  writeFileSync(path.join(folder.path, 'infra/app.tfstate'), stateOf({ jobs: 1 }))
  writeFileSync(path.join(folder.path, 'infra/empty.tfstate'), '')
  utimesSync(path.join(folder.path, 'infra/empty.tfstate'), 1, 1)
  const both = ['--source', 'terraform:infra', '--source', `terraform:${folder.path}/infra`]
  await using server = startVaino(['up', '--listen', '127.0.0.1:0', ...both], { cwd: folder.path })
  const [, url = ''] = await server.until(/listening on (http:\/\/[\d.:]+)/)
  let scopes: Finding[] = []
  while (scopes.length < 3) scopes = (await found(['--server', url], folder.path)).of('scope')
  const hintsAbout = (text: string) => scopes.flatMap(({ message, hint }) => (message.includes(text) ? [hint] : []))
  expect(new Set(hintsAbout('is read already'))).toEqual(
    new Set(['Narrow one of the two sources, so that only one names it, and start vaino again.']),
  )
  expect(hintsAbout('is empty')).toEqual([
    expect.stringMatching(/^Put back a whole state.* It is tried again by itself\.$/),
  ])
})

test('two sources that spell one folder in two ways: one of them is refused its scopes', async () => {
  await using folder = await temporaryFolder()
  mkdirSync(path.join(folder.path, 'infra'))
  writeFileSync(path.join(folder.path, 'infra/app.tfstate'), stateOf({ jobs: 1 }))
  const both = ['--source', 'terraform:infra', '--source', `terraform:${folder.path}/infra`]
  const { of } = await found(both, folder.path)
  const sources = [...of('source terraform:infra'), ...of(`source terraform:${folder.path}/infra`)]
  expect(sources.map(({ status }) => status).sort()).toEqual(['failed', 'ok'])
  expect(sources.find(({ status }) => status === 'failed')?.message).toMatch(/is read already, as terraform\//)
})
