import { describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { VainoError } from '../../model/errors.ts'
import type { ScanOutcome } from '../../pipeline/intake/scan-sink.ts'
import { messages, type RecordedScan, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../test/terraform/states.ts'
import { type TemporaryFolder, temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import type { ConnectorContext } from '../connector.ts'
import type { Source } from '../source.ts'
import { terraform } from './connector.ts'

type Known = ReturnType<ConnectorContext['knownScopes']>

const open = (where: string, more: Partial<ConnectorContext> = {}): Source => openSource(terraform, where, {}, more)

async function collect(source: Source): Promise<RecordedScan[]> {
  const sink = recordingSink()
  await scanAll(source, sink)
  return sink.scans
}

/** By the part of the scope that names the state, below the folder. */
const summary = (folder: TemporaryFolder, scans: readonly RecordedScan[]) =>
  Object.fromEntries(
    scans.map(({ scope, resources, outcome }) => {
      const name = decodeURIComponent(scope.split('/')[1] ?? '').replace(`${folder.path}/`, '')
      const said = messages(outcome?.errors).map((message) => message.replace(`${folder.path}/`, ''))
      return [name, outcome?.complete ? resources.map(({ id }) => id) : said]
    }),
  )

const never = new AbortController().signal

const web = state4([resource4('web', { id: 'i-1' })])
const db = state4([resource4('db', { id: 'i-2' })], { lineage: 'other' })

describe('a scan of a folder', () => {
  test('scans every state on its own, complete with what it says of itself', async () => {
    await using folder = await temporaryFolder()
    await folder.write('web.tfstate', web)
    await folder.write('terraform.tfstate.d/prod/terraform.tfstate', db)
    const scans = await collect(open(folder.path))
    expect(summary(folder, scans)).toEqual({
      'web.tfstate': ['aws_instance.web'],
      'terraform.tfstate.d/prod/terraform.tfstate': ['aws_instance.db'],
    })
    expect(scans.find(({ scope }) => scope.includes('web'))).toMatchObject({
      scope: `terraform/${join(folder.path, 'web.tfstate').replaceAll('/', '%2F')}/-/state`,
      outcome: {
        complete: true,
        errors: [],
        warnings: [],
        attributes: {
          path: `${folder.path}/web.tfstate`,
          lineage: 'first-lineage',
          serial: 1,
          format: 4,
          highest_serial: 1,
        },
      },
    })
  })

  test('I5: nothing is deleted where a state is broken in any way, and the others are read', async () => {
    await using folder = await temporaryFolder()
    await folder.write('good.tfstate', web)
    await folder.write('empty.tfstate', '')
    await folder.write('cut.tfstate', web.slice(0, 300))
    await folder.write('rest.tfstate', `${web}${web.slice(100)}`)
    await folder.write('text.tfstate', 'nothing of the kind')
    await folder.write('binary.tfstate', new Uint8Array(5000))
    await folder.write('old.tfstate', '{"version": 2, "modules": []}')
    await folder.write('twice.tfstate', state4([resource4('web', {}), resource4('web', {})]))
    await symlink('circle.tfstate', join(folder.path, 'circle.tfstate'))
    await symlink('nowhere', join(folder.path, 'dangling.tfstate'))
    for (const streamingThresholdBytes of [1 << 20, 0]) {
      const scans = await collect(open(folder.path, { streamingThresholdBytes }))
      expect(summary(folder, scans)).toEqual({
        'good.tfstate': ['aws_instance.web'],
        'empty.tfstate': ['empty.tfstate is empty (0 bytes)'],
        'cut.tfstate': [expect.stringMatching(/^cut\.tfstate ends in the middle/)],
        'rest.tfstate': [expect.stringMatching(/^rest\.tfstate is not valid JSON at byte \d+: expected nothing more$/)],
        'text.tfstate': ['text.tfstate is not valid JSON at byte 0: expected "{" or "["'],
        'binary.tfstate': ['binary.tfstate is binary, not a state'],
        'old.tfstate': ['old.tfstate is of state format 2, which Terraform before 0.7 wrote'],
        'twice.tfstate': ['twice.tfstate: aws_instance.web is there twice'],
        'circle.tfstate': ['circle.tfstate cannot be read: its symbolic links go in a circle'],
        'dangling.tfstate': ['dangling.tfstate is gone'],
      })
      for (const { outcome } of scans) {
        if (!outcome?.complete) expect(outcome?.errors?.length).toBeGreaterThan(0)
        if (!outcome?.complete) expect(outcome).not.toHaveProperty('attributes')
      }
    }
  })

  test('takes a state without resources for whole: everything in it was destroyed', async () => {
    await using folder = await temporaryFolder()
    await folder.write('s.tfstate', state4([]))
    const [scan] = await collect(open(folder.path))
    expect(scan).toMatchObject({ resources: [], outcome: { complete: true } })
  })

  test('reads no more states at once than it may, within one budget of memory', async () => {
    await using folder = await temporaryFolder()
    for (let n = 0; n < 9; n++) await folder.write(`${n}.tfstate`, web)
    for (const concurrency of [1, 3]) {
      const sink = recordingSink({ onObserve: () => new Promise((resolve) => setTimeout(resolve, 2)) })
      await scanAll(open(folder.path, { streamingThresholdBytes: web.length * 2 }), sink, { concurrency })
      expect(sink.mostOpen).toBe(concurrency)
      expect(sink.scans.every(({ outcome }) => outcome?.complete)).toBe(true)
      expect(sink.scans).toHaveLength(9)
    }
  })
})

describe('a state that goes away', () => {
  test('is gone as long as it is away, and scanned when it is back', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('web.tfstate', web)
    await folder.write('db.tfstate', db)
    const source = open(folder.path)
    await collect(source)
    await rename(path, `${path}.away`)
    for (let round = 0; round < 2; round++) {
      expect(summary(folder, await collect(source))).toEqual({
        'web.tfstate': ['web.tfstate is gone'],
        'db.tfstate': ['aws_instance.db'],
      })
    }
    await rename(`${path}.away`, path)
    expect(summary(folder, await collect(source))['web.tfstate']).toEqual(['aws_instance.web'])
  })

  test('is known from before a restart too, when it was this source’s', async () => {
    await using folder = await temporaryFolder()
    await folder.write('db.tfstate', db)
    const known = ['web.tfstate', 'sub/x.tfstate', '../elsewhere.tfstate'].map((name) => {
      const path = join(folder.path, name)
      return { scope: `terraform/${path.replaceAll('/', '%2F')}/-/state`, attributes: { path } }
    }) as unknown as Known
    const scans = await collect(open(folder.path, { knownScopes: () => known }))
    expect(summary(folder, scans)).toEqual({
      'web.tfstate': ['web.tfstate is gone'],
      'sub/x.tfstate': ['sub/x.tfstate is gone'],
      'db.tfstate': ['aws_instance.db'],
    })
  })

  test('with its whole folder is a failed scan and no rejected round', async () => {
    await using folder = await temporaryFolder()
    await folder.write('infra/web.tfstate', web)
    const source = open(join(folder.path, 'infra'))
    await collect(source)
    await rm(join(folder.path, 'infra'), { recursive: true })
    expect(summary(folder, await collect(source))).toEqual({
      'infra/web.tfstate': [expect.stringMatching(/^infra\/web\.tfstate is not found: .*infra is not there$/)],
    })
  })

  test('between finding and reading it is a failed scan', async () => {
    await using folder = await temporaryFolder()
    await folder.write('a.tfstate', web)
    const path = await folder.write('b.tfstate', web)
    const sink = recordingSink({ onObserve: () => unlink(path).catch(() => {}) })
    await scanAll(open(folder.path), sink, { concurrency: 1 })
    expect(summary(folder, sink.scans)).toEqual({
      'a.tfstate': ['aws_instance.web'],
      'b.tfstate': ['b.tfstate is gone'],
    })
  })
})

// Permissions do not bind root, so that the source is run as somebody else.
describe.skipIf(process.getuid?.() !== 0)('a folder that can not be looked into', () => {
  test('fails the states known from it, and is a warning on the others', async () => {
    await using folder = await temporaryFolder()
    await folder.write('open/web.tfstate', web)
    await folder.write('shut/db.tfstate', db)
    await chmod(folder.path, 0o755)
    const script = `
      import { chmod } from 'node:fs/promises'
      import { terraform } from ${JSON.stringify(join(import.meta.dir, 'connector.ts'))}
      import { recordingSink } from ${JSON.stringify(join(import.meta.dir, '../../test/sources/recording-sink.ts'))}
      import { openSource, scanAll } from ${JSON.stringify(join(import.meta.dir, '../../test/sources/scan-all.ts'))}
      const source = openSource(terraform, ${JSON.stringify(folder.path)})
      const sink = recordingSink()
      await scanAll(source, sink, { concurrency: 1 })
      process.stdout.write('ready')
      await new Promise((resolve) => process.stdin.once('data', resolve))
      await scanAll(source, sink, { concurrency: 1 })
      console.log(JSON.stringify(sink.scans.map(({ outcome }) => outcome)))
      process.exit()`
    const child = spawn(process.execPath, ['-e', script], { uid: 65534, gid: 65534, env: { HOME: '/' } })
    const output: string[] = []
    child.stdout.on('data', (data) => {
      output.push(String(data))
      if (String(data) === 'ready') void chmod(join(folder.path, 'shut'), 0o700).then(() => child.stdin.write('go'))
    })
    await once(child, 'close')
    const outcomes: ScanOutcome[] = JSON.parse(output.join('').replace('ready', ''))
    const shut = `${folder.path}/shut cannot be looked into (EACCES)`
    expect(outcomes.map(({ complete }) => complete)).toEqual([true, true, false, true])
    expect(messages(outcomes[2]?.errors)).toEqual([`${folder.path}/shut/db.tfstate is not found: ${shut}`])
    expect(messages(outcomes[3]?.warnings)).toEqual([shut])
  })
})

describe('nothing to read', () => {
  const rejection = async (where: string): Promise<VainoError> => {
    try {
      await open(where).targets(never)[Symbol.asyncIterator]().next()
    } catch (error) {
      return error as VainoError
    }
    throw new Error('it resolved')
  }

  test('rejects with what was looked at and what there is beside it', async () => {
    await using folder = await temporaryFolder()
    await folder.write('infra/main.tf', '')
    const missing = await rejection(join(folder.path, 'infar'))
    expect(missing.message).toBe(`no file, folder or glob ${folder.path}/infar leads to a Terraform state`)
    expect(missing.hint).toContain('beside it there are: infra.')
    const empty = await rejection(folder.path)
    expect(empty.message).toBe(`no Terraform state is found in ${folder.path}`)
    expect((await rejection(`${folder.path}/*/x.tfstate`)).message).toContain('leads to a Terraform state')
  })

  test.each([
    [{ data_source: true }, /data_source/],
    [{ data_sources: 'yes' }, /expected boolean/],
    [{ timeout_seconds: 0 }, /expected a number of seconds/],
  ])('options %j are refused', (options, message) => {
    expect(() => openSource(terraform, '.', options)).toThrow(message)
  })
})

describe('a state that is written meanwhile', () => {
  test('is read again until it has been written', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('s.tfstate', web)
    await writeFile(path, web.slice(0, 200))
    const collecting = collect(open(folder.path))
    await new Promise((resolve) => setTimeout(resolve, 250))
    await writeFile(path, db)
    const scans = await collecting
    expect(summary(folder, scans)).toEqual({ 's.tfstate': ['aws_instance.db'] })
    expect(scans).toHaveLength(1)
  })

  test('ends as a failed scan when that takes too long', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('s.tfstate', web)
    let isWriting = true
    const write = async () => {
      for (; isWriting; await new Promise((resolve) => setTimeout(resolve, 5))) await writeFile(path, web)
    }
    await writeFile(path, web)
    const writing = write()
    try {
      const [scan] = await collect(open(folder.path))
      expect(scan?.outcome?.complete).toBe(false)
      expect(messages(scan?.outcome?.errors)[0]).toMatch(
        /was written this very moment|changed while it was read|is empty|ends in/,
      )
    } finally {
      isWriting = false
      await writing
    }
  })

  test('while it is streamed is a failed scan, followed by a whole one', async () => {
    await using folder = await temporaryFolder()
    const many = (count: number) =>
      state4(Array.from({ length: count }, (_, n) => resource4(`r${n}`, { id: `i-${n}` })))
    await folder.write('s.tfstate', many(200))
    let isFirst = true
    const onObserve = async () => {
      if (isFirst) await folder.write('s.tfstate', many(100))
      isFirst = false
    }
    const sink = recordingSink({ onObserve })
    await scanAll(open(folder.path, { streamingThresholdBytes: 0 }), sink)
    expect(sink.scans.map(({ outcome }) => outcome?.complete)).toEqual([false, true])
    expect(messages(sink.scans[0]?.outcome?.errors)[0]).toEndWith('s.tfstate changed while it was read')
    expect(sink.scans[1]?.resources).toHaveLength(100)
  })
})

describe('lineage and serial', () => {
  test('that do not follow from those before are warnings, across a restart too', async () => {
    await using folder = await temporaryFolder()
    const write = (serial: number, lineage: string) => folder.write('s.tfstate', state4([], { serial, lineage }))
    await write(7, 'a')
    const first = open(folder.path)
    const [before] = await collect(first)
    const known = [{ scope: before?.scope, attributes: before?.outcome?.attributes }] as unknown as Known
    for (const source of [first, open(folder.path, { knownScopes: () => known })]) {
      await write(5, 'a')
      const [older] = await collect(source)
      expect(older?.outcome?.complete).toBe(true)
      expect(messages(older?.outcome?.warnings)).toEqual([
        `${folder.path}/s.tfstate: serial 5 is older than serial 7, which was here before`,
      ])
      await write(1, 'b')
      const [other] = await collect(source)
      expect(messages(other?.outcome?.warnings)[0]).toStartWith(
        `${folder.path}/s.tfstate: lineage b has replaced lineage a at`,
      )
    }
  })
})

describe('what takes the resources', () => {
  test('ends the round when it fails, and no scan is then ended as the state’s fault', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['a', 'b', 'c']) await folder.write(`${name}.tfstate`, web)
    const full = new Error('the disk is full')
    const sink = recordingSink({
      onObserve: () => {
        throw full
      },
    })
    expect(await scanAll(open(folder.path), sink, { concurrency: 1 }).catch((error: unknown) => error)).toBe(full)
    expect(sink.scans.map(({ outcome }) => outcome)).toEqual([null])
  })

  test('can stop the round', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['a', 'b', 'c']) await folder.write(`${name}.tfstate`, web)
    const stop = new AbortController()
    const sink = recordingSink({ onObserve: () => stop.abort(new Error('stopped')) })
    await expect(scanAll(open(folder.path), sink, { concurrency: 1, signal: stop.signal })).rejects.toThrow('stopped')
    expect(sink.scans).toHaveLength(1)
  })
})

describe('an address', () => {
  test('is one scope, and neither its name nor what it says holds the credentials', async () => {
    const answers = [web, '{}', '<html>', web.slice(0, 100)]
    const server = createServer((_, response) => response.end(answers.shift() ?? ''))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const source = open(`http://me:hunter2@127.0.0.1:${port}/state?token=hunter3`)
      expect(source.events).toBeUndefined()
      const scans = [
        await collect(source),
        await collect(source),
        await collect(source),
        await collect(source),
        await collect(source),
      ].flat()
      expect(new Set(scans.map(({ scope }) => scope))).toEqual(
        new Set([`terraform/http:%2F%2F127.0.0.1:${port}%2Fstate/-/state` as never]),
      )
      expect(scans.map(({ outcome }) => outcome?.complete)).toEqual([true, false, false, false, false])
      expect(scans.map(({ outcome }) => messages(outcome?.errors).join().replace(/^\S+ /, ''))).toEqual([
        '',
        'is JSON, but not a Terraform state: it has no "version"',
        'is HTML or XML, not a state',
        'ends in the middle, after 100 bytes, in the value that begins at byte 98',
        'answers with nothing',
      ])
      expect(JSON.stringify([source.name, scans])).not.toMatch(/hunter/)
    } finally {
      server.close()
    }
  })
})
