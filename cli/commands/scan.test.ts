import { expect, test } from 'bun:test'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Change } from '../../model/change.ts'
import { shell, startVaino, stateOf, temporaryFolder, vaino } from '../test-cli.ts'

/** A folder with one Terraform state, and `vaino scan` over it. */
async function scanned() {
  const folder = await temporaryFolder()
  const infra = path.join(folder.path, 'infra')
  await mkdir(infra)
  const put = (name: string, text: string) => writeFile(path.join(infra, name), text)
  await put('app.tfstate', stateOf({ jobs: 1, mails: 1, old: 1 }, 1))
  const scan = (...more: string[]) => vaino(['scan', '--source', 'terraform:infra', ...more], { cwd: folder.path })
  return { folder, put, scan, infra, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

test('the first scan takes note, which is no change; the next prints what has changed, and ends with 1', async () => {
  await using scene = await scanned()
  const first = await scene.scan()
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr).toContain('3 resources in 1 scope, 3 seen for the first time; 0 created, 0 updated, 0 deleted')

  await scene.put('app.tfstate', stateOf({ jobs: 9, mails: 1, fresh: 1 }, 2))
  const second = await scene.scan()
  expect(second.code).toBe(1)
  expect(second.stderr).toContain('1 created, 1 updated, 1 deleted')
  expect(second.stdout).toMatch(/ \+ infra\/app\.tfstate · aws_sqs_queue\.fresh/)
  expect(second.stdout).toMatch(/ - infra\/app\.tfstate · aws_sqs_queue\.old/)
  expect(second.stdout).toMatch(
    / ~ infra\/app\.tfstate · aws_sqs_queue\.jobs.*\n {4}configuration\.delay_seconds {2}1 → 9\n/,
  )

  expect(await scene.scan()).toMatchObject({ code: 0, stdout: '' })
  expect(await scene.scan('--quiet')).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('a reader that goes away changes no verdict of a scan', async () => {
  await using scene = await scanned()
  await scene.scan()
  const queues = (delay: number) => Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`q${at}`, delay]))
  await scene.put('app.tfstate', stateOf({ ...queues(1), jobs: 1, mails: 1, old: 1 }, 2))
  const scan = 'vaino scan --source terraform:infra -o ndjson'
  const { stderr } = await shell(`{ ${scan}; echo "ended with $?" >&2; } | head -n 1`, { cwd: scene.folder.path })
  expect(stderr).toContain('ended with 1')
})

test('a state that is gone is reported once and ends with 2; later scans pass over it until it is back', async () => {
  await using scene = await scanned()
  await scene.put('other.tfstate', stateOf({ x: 1 }, 1))
  await scene.scan()
  await rm(path.join(scene.infra, 'app.tfstate'))
  const first = await scene.scan('--quiet')
  expect(first).toMatchObject({ code: 2, stdout: '' })
  expect(first.stderr).toContain('infra/app.tfstate is gone')
  expect(await scene.scan('--quiet')).toEqual({ code: 0, stdout: '', stderr: '' })
  const { code, stderr } = await scene.scan()
  expect([code, stderr]).toEqual([0, expect.stringContaining('4 resources in 2 scopes (1 gone); 0 created')])

  await scene.put('app.tfstate', stateOf({ jobs: 2, mails: 1, old: 1 }, 2))
  expect((await scene.scan('--quiet')).code).toBe(1)
  await rm(path.join(scene.infra, 'app.tfstate'))
  expect((await scene.scan('--quiet')).code).toBe(2)
})

test('states of a folder that is not there fail every scan: they could not be looked at', async () => {
  await using scene = await scanned()
  await scene.scan()
  await rm(scene.infra, { recursive: true })
  for (let scan = 0; scan < 2; scan++) {
    const { code, stderr } = await scene.scan('--quiet')
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not found: infra is not there')])
  }
})

test('for programs it prints the changes as JSON, first sights only when they are asked for', async () => {
  await using scene = await scanned()
  const first = await scene.scan('-o', 'json', '--first-sight')
  expect((JSON.parse(first.stdout) as Change[]).map(({ op }) => op)).toEqual(['r', 'r', 'r'])
  expect(first.code).toBe(0)
  await scene.put('app.tfstate', stateOf({ jobs: 2, mails: 1, old: 1 }, 2))
  const second = await scene.scan('-o', 'json')
  expect(JSON.parse(second.stdout)).toMatchObject([{ op: 'u', version: 2, fields: [{ before: 1, after: 2 }] }])
})

test('a scan that fails deletes nothing, is reported, and ends with 2 though something else has changed', async () => {
  await using scene = await scanned()
  await scene.put('other.tfstate', stateOf({ x: 1 }, 1))
  await scene.scan()
  await scene.put('app.tfstate', stateOf({ jobs: 2, mails: 1, old: 1 }, 2))
  await scene.put('other.tfstate', stateOf({ x: 1 }, 1).slice(0, 90))
  const { code, stdout, stderr } = await scene.scan()
  expect(code).toBe(2)
  expect(stdout).toContain('aws_sqs_queue.jobs')
  expect(stdout).not.toContain(' - ')
  expect(stderr).toContain('other.tfstate ends in the middle')
  expect(stderr).toContain('1 scan failed; nothing was deleted for it')
  const failed = JSON.parse((await scene.scan('-o', 'json')).stdout) as unknown[]
  expect(failed).toEqual([
    {
      control: 'scan-failed',
      scope: 'terraform/infra%2Fother.tfstate/-/state',
      errors: [expect.stringContaining('other.tfstate ends in the middle')],
    },
  ])
})

test('many deletes at once are held until the next scan', async () => {
  await using scene = await scanned()
  await scene.scan()
  await scene.put('app.tfstate', stateOf({}, 2))
  const held = await scene.scan()
  expect(held.code).toBe(1)
  expect(held.stderr).toContain('3 of 3 resources are missing at once; held until the next scan')
  expect(await scene.scan()).toMatchObject({ code: 1 })
})

test('without a source, and with one that is nowhere, it says what it needs', async () => {
  await using scene = await scanned()
  const none = await vaino(['scan'], { cwd: scene.folder.path })
  expect(none.code).toBe(2)
  expect(none.stderr).toContain('vaino scan --source terraform:./infra')
  await rm(scene.infra, { recursive: true })
  const missing = await scene.scan()
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain('terraform:infra: no file, folder or glob infra')
  expect(missing.stderr).toContain('vaino:   Looked at ')
})

test('a source in vaino.yaml is scanned like one of a flag', async () => {
  await using scene = await scanned()
  await writeFile(path.join(scene.folder.path, 'vaino.yaml'), 'sources:\n  - {kind: terraform, where: infra}\n')
  expect((await vaino(['scan'], { cwd: scene.folder.path })).stderr).toContain('3 resources in 1 scope')
})

test('while a server has the data directory, scan says so', async () => {
  await using scene = await scanned()
  await using up = startVaino(['up', '--source', 'terraform:infra', '--listen', '127.0.0.1:0'], {
    cwd: scene.folder.path,
  })
  await up.until(/vaino: listening/)
  const { code, stderr } = await scene.scan()
  expect(code).toBe(2)
  expect(stderr).toContain('Another process uses the data directory .vaino')
})

test('what the rules ignore is not printed, changes no exit code, and is counted', async () => {
  await using scene = await scanned()
  await writeFile(
    path.join(scene.folder.path, 'rules.yaml'),
    'ignore:\n  - {name: delays, path: delay_seconds, reason: they move by themselves}\n',
  )
  await scene.scan()
  await scene.put('app.tfstate', stateOf({ jobs: 9, mails: 1, old: 1 }, 2))
  const { code, stdout, stderr } = await scene.scan()
  expect([code, stdout]).toEqual([0, ''])
  expect(stderr).toContain('0 updated, 0 deleted, 1 ignored by rules')
  await scene.put('app.tfstate', stateOf({ jobs: 10, mails: 1, old: 1 }, 3))
  const all = await scene.scan('--include-suppressed')
  expect([all.code, all.stdout]).toEqual([1, expect.stringContaining('(ignored: delays)')])
})
