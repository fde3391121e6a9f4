import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runProgram } from '../../cli/test-cli.ts'
import { makeProgram } from '../../scripts/packaging/program.ts'
import { needs, repository } from '../lanes.ts'
import { addCodecLibraries, type EmptyRoot, emptyRoot, mayHaveNamespaces } from './empty-root.ts'
import { kafkaSmokeTest } from './kafka.case.ts'
import { smokeTests } from './smoke.case.ts'

const isLinux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

/** The program of this machine's kind, from `scripts/release` where it has made one just now. */
describe.skipIf(!isLinux || !mayHaveNamespaces())('the one-file program on a file system with nothing else', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-program-'))
  let root: EmptyRoot
  beforeAll(async () => {
    const program = process.env.VAINO_PROGRAM ?? path.join(folder, 'vaino')
    const name = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64'
    if (process.env.VAINO_PROGRAM === undefined) await makeProgram(repository, { name, bun: null }, program)
    root = emptyRoot(program)
  }, 120_000)
  afterAll(() => {
    root?.[Symbol.dispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  test('it says its version, and is one file', async () => {
    const { code, stdout } = await runProgram(root.command('version', '-o', 'json'))
    expect(code).toBe(0)
    const { version } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as { version: string }
    expect(JSON.parse(stdout)).toMatchObject({ version, platform: `linux-${process.arch}` })
    expect(
      readdirSync(root.folder)
        .filter((name) => !/^lib/.test(name))
        .toSorted(),
    ).toEqual(['bin', 'proc', 'tmp'])
    expect(statSync(path.join(root.folder, 'bin/vaino')).size).toBeLessThan(140_000_000)
  })

  smokeTests(() => root)
  test('without libgcc it refuses Kafka and says what is missing: it would take compressed batches for garbage', async () => {
    const env = { VAINO_KAFKA__REDACTION_KEY: 'the same on every node' }
    const kafka = ['--transport', 'kafka', '--brokers', '127.0.0.1:9', '--data-dir', '/data-none']
    const { code, stderr } = await runProgram(root.command('up', ...kafka), { env })
    expect(code).toBe(2)
    expect(stderr).toContain("batches compressed with snappy can't be read here: ")
    expect(stderr).toContain('libgcc')
  })

  describe.skipIf(needs.java.found === null || needs.maven.found === null)('with Kafka', () => {
    kafkaSmokeTest(() => {
      addCodecLibraries(root)
      return root
    })
  })
})
