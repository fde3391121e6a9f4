import { expect, test } from 'bun:test'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../model/errors.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { loadConfig } from '../config/load.ts'
import { loadRules } from './load-rules.ts'

async function load(folder: string, files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), text)
  }
  return loadRules(loadConfig({ folder, environment: {} }), folder)
}

test('without a file there are no rules', async () => {
  await using folder = await temporaryFolder()
  const { rules, file, tables } = await load(folder.path, {})
  expect([rules.ignoresChanges, file, tables]).toEqual([false, null, []])
})

test('rules.yaml is found beside vaino.yaml, or where vaino.yaml says', async () => {
  await using folder = await temporaryFolder()
  const rules = 'ignore: [{type: x, reason: noise}]\n'
  expect((await load(folder.path, { 'rules.yaml': rules })).rules.ignoresChanges).toBe(true)
  const named = await load(folder.path, {
    'vaino.yaml': 'rules: conf/noise.yaml\n',
    'conf/noise.yaml': 'volatile: {a: [b]}\n',
  })
  expect([named.file, named.rules.ignoresChanges]).toEqual(['conf/noise.yaml', false])
  expect(named.tables).toEqual([{ types: ['a'], volatile: ['b'], sets: [], keyed: {} }])
})

test('what compare says of types holds beside what rules.yaml says', async () => {
  await using folder = await temporaryFolder()
  const { tables } = await load(folder.path, {
    'vaino.yaml': 'compare: {a: {sets: [x]}}\n',
    'rules.yaml': 'volatile: {a: [b]}\n',
  })
  expect(tables.map(({ volatile, sets }) => [volatile, sets])).toEqual([
    [[], ['x']],
    [['b'], []],
  ])
})

test('a file that is named and is not there is refused', async () => {
  await using folder = await temporaryFolder()
  const loading = load(folder.path, { 'vaino.yaml': 'rules: away.yaml\n' })
  expect(await loading.catch(messageOf)).toMatch(/^away.yaml cannot be read: /)
})

test('a .driftignore lies beside the states of a source or in the working folder, and the nearer one decides', async () => {
  await using folder = await temporaryFolder()
  const infra = path.join(folder.path, 'infra')
  const { rules } = await load(folder.path, {
    'vaino.yaml': `sources: ["terraform:${infra}"]\n`,
    '.driftignore': 'aws_a.*\n',
    'infra/.driftignore': '# here\naws_b.*\n',
  })
  const scope = (name: string) => `terraform/${encodeURIComponent(path.join(infra, name))}/-/state`
  const lineFor = (of: string, type: string) =>
    rules.set.driftIgnores.find(({ covers }) => covers(of))?.ignore.resource(type, 'x') ?? null
  expect(lineFor(scope('app.tfstate'), 'aws_b')).toBe(`${infra}/.driftignore:2`)
  expect(lineFor(scope('app.tfstate'), 'aws_a')).toBeNull()
  expect(lineFor('terraform/other.tfstate/-/state', 'aws_a')).toBe('.driftignore:1')
  expect(lineFor('aws/1/eu-west-1/aws_a', 'aws_a')).toBe('.driftignore:1')
})
