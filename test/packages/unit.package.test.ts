import { afterAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { needs, repository } from '../lanes.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'vaino-unit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const text = readFileSync(path.join(repository, 'deploy/systemd/vaino.service'), 'utf8')

/** The greatest exposure that `systemd-analyze security` may find, of 10; an ordinary service has 9.6. */
const maxExposure = 2

describe.skipIf(needs.systemdAnalyze.found === null)('the systemd unit', () => {
  const analyze = (...args: string[]) => {
    // What it starts has to be there.
    const [program, unit] = [path.join(folder, 'vaino'), path.join(folder, 'vaino.service')]
    writeFileSync(program, '')
    chmodSync(program, 0o755)
    writeFileSync(unit, text.replace('ExecStart=/usr/bin/vaino ', `ExecStart=${program} `))
    return spawnSync(needs.systemdAnalyze.found ?? '', [...args, unit], { encoding: 'utf8' })
  }

  test('says nothing that systemd does not understand', () => {
    expect(analyze('verify', '--man=no')).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  test('leaves the service little that it does not need', () => {
    const { status, stdout } = analyze('security', '--offline=true', `--threshold=${maxExposure * 10}`, '--no-pager')
    expect({ status, found: stdout.split('\n').filter((line) => /Overall/.test(line)) }).toMatchObject({ status: 0 })
  })
})

test('the unit gives vaino a data directory that it may write, and settings that vaino has', () => {
  expect(text).toContain('VAINO_DATA_DIR=/var/lib/vaino')
  expect(text).toContain('StateDirectory=vaino')
  // Written memory that may run is how the runtime compiles.
  expect(text).not.toMatch(/^MemoryDenyWriteExecute/m)
})
