import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { diffResources } from '../../model/field-diff.ts'
import { createRedactor } from '../../model/redaction.ts'
import type { Resource } from '../../model/resource.ts'
import type { Key } from '../../model/scope.ts'
import { keyInFile } from '../../storage/snapshots/resource-key.ts'
import { SnapshotFile } from '../../storage/snapshots/snapshot-file.ts'
import { runs } from '../../test/property.ts'
import { compareFiles } from './compare-files.ts'
import { type FileChange, fileChanges, type Totals } from './file-changes.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function write(text: string | Uint8Array): string {
  const path = join(folder, `${files++}.json`)
  writeFileSync(path, text)
  return path
}

/** Redacts nothing, so that a naive comparison can be held against it. */
const plain = {
  redactResource: () => false,
  redactJson: <T>(value: T) => value,
  redactValue: <T>(value: T) => value,
  redactText: (text: string) => text,
}

async function diff(from: string, to: string, redactor: Parameters<typeof fileChanges>[1] = plain) {
  await using first = await SnapshotFile.open(from)
  await using second = await SnapshotFile.open(to)
  const comparison = await compareFiles(first, second)
  const totals: Totals = { created: 0, updated: 0, deleted: 0, unchanged: 0 }
  return {
    changes: await Array.fromAsync(fileChanges(comparison, redactor, totals)),
    totals,
    copies: comparison.copies,
  }
}

const snapshot = (resources: readonly object[], indent?: number | string) =>
  JSON.stringify({ id: 's', timestamp: '2025-07-07T22:54:24.032214+02:00', provider: 'aws', resources }, null, indent)

const thing = (id: string, rest: object = {}): Resource => ({ id, type: 'aws_instance', provider: 'aws', ...rest })
const shape = (changes: readonly FileChange[]) => changes.map(({ op, key }) => `${op} ${key}`)

// Few ids and values, so that two files have much in common and differ in small ways.
const configuration = fc.dictionary(
  fc.constantFrom('a', 'b', 'ports', '__proto__', 'tags'),
  fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.array(fc.nat(3), { maxLength: 3 })),
  { maxKeys: 3 },
)
const resource = fc.record(
  {
    id: fc.constantFrom('i-1', 'i-2', 'i-3', 'a/b', 'é', '\u{10000}', '\uffee', 'x["y"]'),
    type: fc.constantFrom('aws_instance', 'aws_s3_bucket', 'a/b'),
    provider: fc.constantFrom('aws', 'kubernetes'),
    region: fc.constantFrom(null, 'eu-west-1'),
    namespace: fc.constantFrom('', 'web'),
    name: fc.constantFrom('n', 'm'),
    configuration,
    metadata: configuration,
  },
  { requiredKeys: ['id', 'type', 'provider'] },
)
const resources = fc.uniqueArray(resource, { selector: (each) => keyInFile(each as Resource), maxLength: 12 })
type Edit = 'keep' | 'drop' | 'reorder' | 'replace'
const edits = fc.array(fc.constantFrom<Edit>('keep', 'keep', 'keep', 'drop', 'reorder', 'replace'), {
  minLength: 12,
  maxLength: 12,
})

const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, turned(inner)]),
  )
}

/** The second file: the first one's resources edited, new ones between, the whole perhaps in another order. */
const pair = fc
  .record({ before: resources, others: resources, edits, isShuffled: fc.boolean() })
  .chain(({ before, others, edits, isShuffled }) => {
    const spare = new Map(others.map((each) => [keyInFile(each as Resource), each]))
    const after: object[] = []
    before.forEach((each, at) => {
      const key = keyInFile(each as Resource)
      const edit = edits[at] ?? 'keep'
      const replacement = { ...each, name: 'other', configuration: others[0]?.configuration ?? {} }
      if (edit !== 'drop')
        after.push(edit === 'keep' ? each : edit === 'reorder' ? (turned(each) as object) : replacement)
      spare.delete(key)
    })
    for (const [at, each] of [...spare.values()].entries()) after.splice((at * 7) % (after.length + 1), 0, each)
    const order = isShuffled ? fc.shuffledSubarray(after, { minLength: after.length }) : fc.constant(after)
    return order.map((shuffled) => ({ before, after: shuffled }))
  })

/** What the comparison must say: both files parsed whole. */
function oracle(before: string, after: string): Omit<FileChange, 'resource'>[] {
  const read = (text: string) =>
    new Map((JSON.parse(text).resources as Resource[]).map((each) => [keyInFile(each) as string, each]))
  const was = read(before)
  const is = read(after)
  // What one of them lacks and the other has, and is alone with its provider, type and id, or with its account too.
  const from = new Map<string, Resource>()
  for (const withAccount of [true, false]) {
    const identity = (each: Resource) =>
      JSON.stringify([each.provider, withAccount && each.account, each.type, each.id])
    const gone = [...was].filter(([key]) => !is.has(key))
    const come = [...is].filter(([key]) => !was.has(key) && !from.has(key))
    for (const [key, now] of come) {
      const [old, ...others] = gone.filter(([, each]) => identity(each) === identity(now))
      const isAlone = come.filter(([, each]) => identity(each) === identity(now)).length === 1
      if (!isAlone || old === undefined || others.length > 0) continue
      from.set(key, old[1])
      was.delete(old[0])
    }
  }
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  return keys.flatMap((text): Omit<FileChange, 'resource'>[] => {
    const key = text as Key
    const old = was.get(text) ?? from.get(text) ?? null
    const now = is.get(text) ?? null
    if (old === null) return [{ op: 'c', key, fields: [], before: null, after: now }]
    if (now === null) return [{ op: 'd', key, fields: [], before: old, after: null }]
    const fields = diffResources(old, now)
    return fields.length === 0 ? [] : [{ op: 'u', key, fields, before: old, after: now }]
  })
}

const indent = fc.constantFrom(undefined, 2, '\t')

test('a resource of VAINO that has moved is one updated resource, with the move among its fields', async () => {
  const at = (place: object, size = 1, id = 'i-1') => thing(id, { ...place, configuration: { size } })
  for (const [was, is, paths] of [
    [{ region: 'eu-west-1' }, { region: 'us-east-1' }, ['region', 'configuration.size']],
    [{ namespace: 'shop' }, { namespace: 'web' }, ['namespace', 'configuration.size']],
    [{ region: 'eu-west-1' }, {}, ['region', 'configuration.size']],
    [{ account: '1', region: 'a' }, { account: '2', region: 'b' }, ['account', 'region', 'configuration.size']],
  ] as const) {
    const { changes, totals } = await diff(write(snapshot([at(was)])), write(snapshot([at(is, 2)])))
    expect(changes.map(({ op, key }) => [op, key as string])).toEqual([['u', keyInFile(at(is))]])
    expect(changes[0]?.fields.map(({ path }) => path)).toEqual([...paths])
    expect(totals).toEqual({ created: 0, updated: 1, deleted: 0, unchanged: 0 })
  }
})

test('what has not moved beyond doubt is deleted and created', async () => {
  const at = (region: string, more: object = {}) => thing('i-1', { region, ...more })
  const ops = async (was: Resource[], is: Resource[]) =>
    shape((await diff(write(snapshot(was)), write(snapshot(is)))).changes)
      .map((line) => line[0])
      .sort()
      .join('')
  expect(await ops([at('a'), at('b')], [at('c')])).toBe('cdd')
  expect(await ops([at('a')], [at('b'), at('c')])).toBe('ccd')
  expect(await ops([at('a')], [thing('i-2', { region: 'b' })])).toBe('cd')
  // Both have one that stayed: the other has moved.
  expect(await ops([at('a'), at('b')], [at('a'), at('c')])).toBe('u')
  const scoped = (name: string) => at('a', { scope: `aws/1/${name}/things` })
  expect(await ops([scoped('a')], [scoped('b')])).toBe('cd')
})

test('two files differ in what a naive comparison of both finds, in the order of their keys', async () => {
  await fc.assert(
    fc.asyncProperty(pair, indent, indent, async ({ before, after }, gapBefore, gapAfter) => {
      const [first, second] = [snapshot(before, gapBefore), snapshot(after, gapAfter)]
      const { changes, totals } = await diff(write(first), write(second))
      const expected = oracle(first, second)
      expect(changes.map(({ resource: _, ...change }) => change)).toEqual(expected)
      const count = (op: string) => expected.filter((change) => change.op === op).length
      expect(totals).toEqual({
        created: count('c'),
        updated: count('u'),
        deleted: count('d'),
        unchanged: before.length - count('d') - count('u'),
      })
    }),
    runs(300),
  )
}, 60_000)

test('a file larger than the chunks it is read in compares like a small one', async () => {
  const text = 'x'.repeat(20_000)
  const many = Array.from({ length: 200 }, (_, n) => thing(`i-${n}`, { configuration: { n, text } }))
  const after = many.filter((_, n) => n !== 100).map((each, n) => (n === 50 ? { ...each, name: 'new' } : each))
  const { changes, totals } = await diff(write(snapshot(many, 2)), write(snapshot([...after, thing('last')], 2)))
  expect(shape(changes)).toEqual([
    'd aws/-/-/aws_instance/i-100',
    'u aws/-/-/aws_instance/i-50',
    'c aws/-/-/aws_instance/last',
  ])
  expect(totals.unchanged).toBe(198)
})

describe('what the older tool got wrong', () => {
  test('two things with one id are kept apart by their type', async () => {
    const bucket = { ...thing('logs'), type: 'aws_s3_bucket' }
    const versioning = { ...thing('logs'), type: 'aws_s3_bucket_versioning', configuration: { status: 'Enabled' } }
    const { changes } = await diff(
      write(snapshot([bucket, versioning])),
      write(snapshot([{ ...versioning, configuration: { status: 'Suspended' } }, bucket])),
    )
    expect(shape(changes)).toEqual(['u aws/-/-/aws_s3_bucket_versioning/logs'])
    expect(changes[0]?.fields.map(({ path }) => path)).toEqual(['configuration.status'])
  })

  test('the same deployment in two namespaces is two', async () => {
    const web = (namespace: string) => ({ id: 'deployment/web', type: 'deployment', provider: 'kubernetes', namespace })
    const { changes } = await diff(write(snapshot([web('a'), web('b')])), write(snapshot([web('b')])))
    expect(shape(changes)).toEqual(['d kubernetes/-/a/deployment/deployment/web'])
  })

  test('the order of names, white space, the spelling of numbers and metadata are no change', async () => {
    const first =
      '{"resources":[{"id":"a","type":"t","provider":"p","configuration":{"x":1.0,"y":[1]},"metadata":{"v":1}}]}'
    const second =
      '{"resources":[\n {"metadata":{"v":2},"provider":"p", "configuration":{"y":[1e0], "x":1},"type":"t","id":"a"}]}'
    const { changes, totals } = await diff(write(first), write(second))
    expect(changes).toEqual([])
    expect(totals.unchanged).toBe(1)
  })

  test('the order in which it wrote the names of what a config map holds is no change', async () => {
    const map = (...names: string[]) => ({
      id: 'configmap/app',
      type: 'configmap',
      provider: 'kubernetes',
      namespace: 'shop',
      configuration: { data_keys: names },
    })
    const first = write(snapshot([map('a', 'b', 'c')]))
    expect((await diff(first, write(snapshot([map('b', 'c', 'a')])))).changes).toEqual([])
    const { changes } = await diff(first, write(snapshot([map('b', 'a')])))
    expect(changes[0]?.fields).toMatchObject([{ op: 'remove', before: 'c' }])
  })

  test('"resources": null, which is how it writes none, is none', async () => {
    const empty = '{"id":"x","timestamp":"2025-01-01T00:00:00Z","provider":"aws","resources":null,"metadata":{}}'
    const { changes } = await diff(write(empty), write(snapshot([thing('a')])))
    expect(shape(changes)).toEqual(['c aws/-/-/aws_instance/a'])
  })

  test('what its early files call "config" is compared as the configuration', async () => {
    const early = (port: number) => thing('a', { config: { port }, state: 'running' })
    const { changes } = await diff(write(snapshot([early(80)])), write(snapshot([early(81)])))
    expect(changes[0]?.fields.map(({ path }) => path)).toEqual(['configuration.port'])
    const same = await diff(
      write(snapshot([early(80)])),
      write(snapshot([thing('a', { configuration: { port: 80 } })])),
    )
    expect(same.changes).toEqual([])
  })

  test('numbers beyond 2^53 keep their digits', async () => {
    const first = snapshot([thing('a')]).replace(
      '"aws_instance"',
      '"aws_instance","configuration":{"n":9007199254740993}',
    )
    const { changes } = await diff(write(first), write(first.replace('0993', '0992')))
    expect(JSON.stringify(changes[0]?.fields)).toContain('"before":9007199254740993,"after":9007199254740992')
  })
})

describe('one key twice in a file', () => {
  const copy = thing('a', { configuration: { port: 80 } })
  const other = thing('a', { configuration: { port: 81 } })

  test('with the same content counts once, and is reported', async () => {
    const { changes, copies } = await diff(
      write(snapshot([copy, copy], 2)),
      write(snapshot([copy, turned(copy) as object])),
    )
    expect(changes).toEqual([])
    expect(copies).toBe(2)
  })

  test.each([
    ['the first file', [copy, other], [copy]],
    ['the second file, after one like the first file has', [copy], [copy, other]],
    ['the second file, before one like the first file has', [copy], [other, copy]],
    ['the second file, both new', [], [copy, other]],
    ['both files', [copy, other], [copy, other]],
  ])('with other content in %s is an error that names the position', async (_where, before, after) => {
    const run = diff(write(snapshot(before)), write(snapshot(after)))
    await expect(run).rejects.toThrow(/byte \d+: aws\/-\/-\/aws_instance\/a stands in this file before/)
  })
})

test('the answer of /v1/snapshot compares by its keys, and what was only seen again is no change', async () => {
  const line = (id: string, seen: number, rest: object = {}) =>
    JSON.stringify({
      op: 'put',
      key: `terraform/infra%2Fprod.tfstate/-/state/${id}`,
      version: 1,
      scope: 'terraform/infra%2Fprod.tfstate/-/state',
      observed_at: `2026-01-01T00:00:0${seen}.000Z`,
      resource: { ...thing(id), ...rest },
    })
  const lines = (...all: string[]) =>
    [...all, JSON.stringify({ control: 'snapshot-end', cursor: 'c', count: all.length }), ''].join('\n')
  const first = write(lines(line('a', 1), line('x["y"]', 1), line('b', 1)))
  const second = write(lines(line('a', 2), line('x["y"]', 2, { name: 'new' }), line('c', 2)))
  const { changes, totals } = await diff(first, second)
  const prefix = 'terraform/infra%2Fprod.tfstate/-/state'
  expect(shape(changes)).toEqual([`d ${prefix}/b`, `c ${prefix}/c`, `u ${prefix}/x["y"]`])
  expect(totals.unchanged).toBe(1)
})

test('the same bytes under another key are another resource', async () => {
  const line = (key: string) => `{"op":"put","key":"${key}","resource":${JSON.stringify(thing('a'))}}\n`
  const end = '{"control":"snapshot-end","cursor":"c","count":1}\n'
  const { changes } = await diff(write(line('x/1/-/t/a') + end), write(snapshot([thing('a')])))
  expect(shape(changes)).toEqual(['c aws/-/-/aws_instance/a', 'd x/1/-/t/a'])
})

test('I9: a secret is seen to change and is not shown', async () => {
  const secret = (password: string) => thing('db', { configuration: { password, port: 1 } })
  const redactor = createRedactor(new Uint8Array(32))
  const { changes } = await diff(
    write(snapshot([secret('hunter2-old'), { ...secret('kept-secret'), id: 'same' }])),
    write(snapshot([secret('hunter2-new'), { ...secret('kept-secret'), id: 'same', name: 'n' }])),
    redactor,
  )
  expect(changes.map(({ fields }) => fields.map(({ path }) => path))).toEqual([['configuration.password'], ['name']])
  expect(JSON.stringify(changes)).not.toMatch(/hunter2|kept-secret/)
})

describe('what can not be compared', () => {
  test('a resource that differs and is not valid JSON is reported with its position', async () => {
    const bad = snapshot([thing('a')]).replace('"aws_instance"', '"aws_instance" "x"')
    const run = diff(write(snapshot([thing('a')])), write(bad))
    await expect(run).rejects.toThrow(/byte \d+: not valid JSON/)
  })

  test('a resource that is not UTF-8 is reported with its position', async () => {
    const bytes = Buffer.from(snapshot([thing('a', { name: 'XYZ' })]))
    bytes[bytes.indexOf('XYZ')] = 0xff
    const run = diff(write(snapshot([thing('a', { name: 'b' })])), write(bytes))
    await expect(run).rejects.toThrow(/byte \d+: not valid UTF-8/)
  })

  test('a file that is cut while it is compared is reported, not half compared', async () => {
    const path = write(snapshot([thing('a'), thing('b')]))
    await using first = await SnapshotFile.open(path)
    await using second = await SnapshotFile.open(write(snapshot([])))
    const comparison = await compareFiles(first, second)
    truncateSync(path, 100)
    const totals: Totals = { created: 0, updated: 0, deleted: 0, unchanged: 0 }
    const reading = Array.fromAsync(fileChanges(comparison, plain, totals))
    await expect(reading).rejects.toThrow('changed while it was read')
  })

  test('an aborted comparison ends with the reason of its signal', async () => {
    await using first = await SnapshotFile.open(write(snapshot([])))
    await using second = await SnapshotFile.open(
      write(snapshot(Array.from({ length: 1000 }, (_, n) => thing(`i-${n}`)))),
    )
    const comparison = await compareFiles(first, second)
    const totals: Totals = { created: 0, updated: 0, deleted: 0, unchanged: 0 }
    const controller = new AbortController()
    const reading = Array.fromAsync(fileChanges(comparison, plain, totals, controller.signal))
    setImmediate(() => controller.abort('SIGINT'))
    await expect(reading).rejects.toBe('SIGINT')
    expect(totals.created).toBeLessThan(1000)
  })
})

test('I10: documents too large to compare field by field are one replace of the whole, as on a server', async () => {
  const members = (value: number) => Object.fromEntries(Array.from({ length: 150_000 }, (_, n) => [`k${n}`, value]))
  const [from, to] = [1, 2].map((value) =>
    write(snapshot([thing('big', { configuration: members(value), tags: { a: String(value) } })])),
  )
  const { changes } = await diff(from ?? '', to ?? '')
  expect(changes.map(({ fields }) => fields.map(({ op, path }) => `${op} ${path}`))).toEqual([
    ['replace tags.a', 'replace configuration'],
  ])
})
