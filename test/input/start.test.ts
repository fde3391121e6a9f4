import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runCli } from '../server-process.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'vaino-start-'))
afterAll(() => rmSync(folder, { recursive: true }))

const taken = createServer()
await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
const port = (taken.address() as AddressInfo).port
afterAll(() => new Promise((resolve) => taken.close(resolve)))

const good = `listen: 127.0.0.1:0\ndata_dir: ${folder}/data\nsources: []\n`

/** What the configuration says, and what must be told: what is wrong, where, and what would be right. */
const cases: readonly (readonly [string, string, RegExp])[] = [
  ['a key with a typo', `${good}intervall: 30s\n`, /vaino\.yaml:4:1.*intervall[\s\S]*interval\b/],
  ['a key with a typo, deeper', `${good}retention:\n  agee: 30d\n`, /vaino\.yaml:5:3.*agee[\s\S]*age\b/],
  ['a duration that is none', `${good}interval: soon\n`, /vaino\.yaml:4:11.*interval/],
  ['a number of partitions below one', `${good}partitions: 0\n`, /vaino\.yaml:4:13.*partitions.*1 to 256/],
  ['broken YAML', `${good}tokens: [\n`, /vaino\.yaml:\d+:\d+/],
  ['the same key twice', `${good}sources: []\n`, /vaino\.yaml:4:1/],
  ['a kind of source with a typo', good.replace('[]', "['terafform:./x']"), /terafform[\s\S]*terraform/],
  ['an address that is none', good.replace('127.0.0.1:0', 'localhost'), /vaino\.yaml:1:9.*HOST:PORT/],
  [
    'an address for all to reach, without tokens',
    good.replace('127.0.0.1:0', '0.0.0.0:0'),
    /0\.0\.0\.0:0 can be reached from other machines, and there are no tokens\n.*127\.0\.0\.1/,
  ],
  [
    'a port in use',
    good.replace('127.0.0.1:0', `127.0.0.1:${port}`),
    new RegExp(`127\\.0\\.0\\.1:${port} is in use by another process\\n.*--listen`),
  ],
]

test.each(cases.map(([what, text, said]) => ({ what, text, said })))(
  'a server with $what does not start, and says what is wrong and what to do',
  async ({ text, said }) => {
    const here = mkdtempSync(path.join(folder, 'case-'))
    writeFileSync(path.join(here, 'vaino.yaml'), text)
    const { code, stdout, stderr } = await runCli(['up'], here)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(said)
    expect(stderr).not.toContain('defect')
    expect(readdirSync(here)).toEqual(['vaino.yaml'])
  },
)
