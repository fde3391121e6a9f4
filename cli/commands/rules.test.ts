import { expect, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { observed, startTestServer } from '../../api/test-server.ts'
import { temporaryFolder, vaino } from '../test-cli.ts'

async function scene() {
  const folder = await temporaryFolder()
  const server = await startTestServer()
  for (let n = 0; n < 12; n++) await server.ingest(observed('a', { state: n % 2, size: 1 }), observed('b', { size: 1 }))
  await server.ingest(observed('b', { size: 2 }, undefined, { team: 'web' }))
  const rules = (text: string) => writeFile(path.join(folder.path, 'rules.yaml'), text)
  const run = (...args: string[]) => vaino([...args, '--server', server.url], { cwd: folder.path })
  return {
    ...{ folder, rules, run, server },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('check names line and column of what is wrong', async () => {
  await using folder = await temporaryFolder()
  await writeFile(path.join(folder.path, 'rules.yaml'), 'ignore:\n  - {typ: vm, reason: x}\n')
  const { code, stderr } = await vaino(['rules', 'check'], { cwd: folder.path })
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('rules.yaml:2:6: ignore[0].typ is no key; did you mean type?'),
  ])
})

test('check tells what each rule matches among what is known, or that it could not look', async () => {
  await using at = await scene()
  await at.rules(`ignore:
  - {name: state, path: state, reason: it flaps}
  - {name: web, tag: {team: web}, reason: theirs}
  - {name: none, type: disk, reason: not there}
  - {name: ended, type: vm, until: 2020-01-01, reason: it was}
`)
  const { code, stdout, stderr } = await at.run('rules', 'check', '-o', 'json')
  expect(stderr).toContain('rules.yaml: 4 ignore, 0 severity, 0 owner rules, 0 types are compared otherwise')
  expect(stderr).toMatch(/tried on 14 changes since /)
  const rows = JSON.parse(stdout).map((row: Record<string, unknown>) => [
    row.rule,
    row.place,
    row.resources,
    row.matched,
    row.ignored,
    row.remark,
  ])
  expect([code, rows]).toEqual([
    0,
    [
      ['state', 'rules.yaml:2:5', 2, 11, 11, null],
      ['web', 'rules.yaml:3:5', 1, 1, 1, null],
      ['none', 'rules.yaml:4:5', 0, 0, 0, 'matches nothing'],
      ['ended', 'rules.yaml:5:5', 2, 0, 0, expect.stringContaining('ended 2020-01-01')],
    ],
  ])
  const alone = await vaino(['rules', 'check', '--server', 'http://127.0.0.1:1'], { cwd: at.folder.path })
  expect([alone.code, alone.stderr]).toEqual([
    0,
    expect.stringContaining('what the rules match is not known: No vaino answers'),
  ])
}, 60_000)

test('suggest writes rules that can be used as they are, for what no rule ignores yet', async () => {
  await using at = await scene()
  const { code, stdout } = await at.run('rules', 'suggest')
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(
      /^ignore:\n {2}- type: vm\n {4}path: state\n {4}reason: 11 changes of 1 resource since \S+, 10 back\s+to a former value\n$/,
    ),
  ])
  await at.rules(stdout)
  const checked = JSON.parse((await at.run('rules', 'check', '-o', 'json')).stdout)
  expect(checked).toEqual([expect.objectContaining({ rule: 'ignore[0]', matched: 11, ignored: 11 })])
}, 60_000)
