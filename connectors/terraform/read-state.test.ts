import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Json, Resource } from '../../model/resource.ts'
import { runs } from '../../test/property.ts'
import { messages } from '../../test/sources/recording-sink.ts'
import { redactor, resource4, state4 } from '../../test/terraform/states.ts'
import { maxInstanceDepth } from './format.ts'
import { type ReadOptions, readState } from './read-state.ts'

async function* chunksOf(content: string | Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content)
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    // A chunk's memory is gone when the next one comes.
    const chunk = Buffer.from(bytes.subarray(from, end))
    yield chunk
    chunk.fill(0x78)
    from = end
  }
}

async function read(content: string | Uint8Array, options: Partial<ReadOptions> = {}, cuts: readonly number[] = []) {
  const resources: Resource[] = []
  const observe = async (resource: Resource) => void resources.push(resource)
  const reading = await readState(chunksOf(content, cuts), { redactor, dataSources: false, observe, ...options })
  return { ...reading, resources, ids: resources.map(({ id }) => id), problems: messages(reading.problems) }
}

const failure = async (content: string | Uint8Array): Promise<string> => {
  try {
    await read(content)
  } catch (error) {
    return `${(error as Error).message}. ${(error as { hint?: string }).hint ?? ''}`
  }
  return 'no failure'
}

const identifier = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false }) as fc.Arbitrary<Json>
const attributes = fc.dictionary(fc.oneof(identifier, fc.constantFrom('__proto__', 'constructor', 'toString')), value, {
  noNullPrototype: true,
})
const indexes = fc.oneof(
  fc.constant([undefined]),
  fc.nat(6).map((count) => Array.from({ length: count }, (_, at) => at)),
  fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9 ./:-]{0,9}$/), { maxLength: 6 }),
)
const generated = fc.record({
  module: fc.option(fc.constantFrom('module.net', 'module.net["a.b"].module.c[0]'), { nil: undefined }),
  mode: fc.constantFrom('managed', 'managed', 'data'),
  type: identifier,
  indexes,
  attributes: fc.infiniteStream(attributes),
  deposed: fc.boolean(),
  tainted: fc.boolean(),
})

const buildState = (resources: readonly (typeof generated extends fc.Arbitrary<infer T> ? T : never)[]) =>
  resources.map(({ module, mode, type, indexes, attributes, deposed, tainted }, at) => ({
    ...(module === undefined ? {} : { module }),
    mode,
    type,
    name: `r${at}`,
    provider: 'provider["example.test/acme/acme"]',
    instances: [...indexes, ...(deposed ? ['gone'] : [])].map((index) => ({
      ...(index === undefined ? {} : { index_key: index }),
      ...(tainted ? { status: 'tainted' } : {}),
      ...(deposed && index === 'gone' ? { deposed: '1a2b3c4d' } : {}),
      schema_version: 0,
      attributes: attributes.next().value,
      private: 'bm90aGluZw==',
    })),
  }))

/** The whole document parsed at once and mapped in the plainest way. */
function oracle(text: string): Map<string, unknown> {
  const expected = new Map<string, unknown>()
  for (const { module, mode, type, name, instances } of JSON.parse(text).resources) {
    if (mode === 'data') continue
    for (const { index_key, deposed, status, attributes } of instances) {
      const index = index_key === undefined ? '' : `[${JSON.stringify(index_key)}]`
      const id = `${module ? `${module}.` : ''}${type}.${name}${index}${deposed ? ` (deposed ${deposed})` : ''}`
      expected.set(id, status === 'tainted' ? { ...attributes, lifecycle: { tainted: true } } : attributes)
    }
  }
  return expected
}

/** The same members in another order, at every level where a state has names of its own. */
function shuffled(value: unknown, at: number, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((inner) => shuffled(inner, at, depth))
  if (typeof value !== 'object' || value === null || depth > 2) return value
  const members = Object.entries(value).map(([name, inner]) => [name, shuffled(inner, at, depth + 1)] as const)
  const turned = members.slice(at % (members.length || 1)).concat(members.slice(0, at % (members.length || 1)))
  return Object.fromEntries(at % 2 === 0 ? turned : turned.reverse())
}

describe('reading a state', () => {
  test('yields what parsing the whole and mapping it plainly yields, however it is cut and ordered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(generated, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.nat(99),
        fc.boolean(),
        fc.constantFrom(0, 2),
        async (resources, cuts, turn, isStreamed, indent) => {
          const document = { version: 4, serial: 3, lineage: 'l', resources: buildState(resources) }
          // A resource that is read instance by instance must have its head first; nothing else has an order.
          const text = JSON.stringify(isStreamed ? document : shuffled(document, turn), null, indent)
          const result = await read(text, isStreamed ? { wholeBytes: 40 } : {}, cuts)
          expect(result.problems).toEqual([])
          expect(result).toMatchObject({ version: 4, serial: 3, lineage: 'l' })
          const expected = oracle(text)
          expect(result.ids.toSorted()).toEqual([...expected.keys()].toSorted())
          for (const { id, configuration } of result.resources) {
            expect(JSON.stringify(configuration)).toBe(JSON.stringify(expected.get(id)))
          }
        },
      ),
      runs(150),
    )
  })

  test('gives equal bytes for equal attributes, the id first', async () => {
    const attributes = { id: 'i-1', arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1', tags: { Name: 'w' }, n: 1 }
    const [first] = (await read(state4([resource4('web', attributes)]))).resources
    const [second] = (await read(state4([resource4('web', attributes)], { serial: 9 }), {}, [50, 100, 400])).resources
    expect(JSON.stringify(first)).toBe(JSON.stringify(second))
    expect(first).toEqual({
      id: 'aws_instance.web',
      type: 'aws_instance',
      name: 'w',
      provider: 'aws',
      account: '111122223333',
      region: 'eu-west-1',
      namespace: null,
      configuration: { id: 'i-1', arn: attributes.arn, n: 1 },
      metadata: {
        mode: 'managed',
        provider: 'provider["registry.terraform.io/hashicorp/aws"]',
        cloud_id: 'i-1',
        schema_version: 1,
      },
      tags: { Name: 'w' },
    })
    expect(Object.keys(first ?? {})[0]).toBe('id')
  })

  test('sees a taint in what is compared, and drops the private blob', async () => {
    const more = {
      status: 'tainted',
      private: 'cHJpdmF0ZQ==',
      dependencies: ['aws_vpc.a'],
      create_before_destroy: true,
    }
    const [tainted] = (await read(state4([resource4('web', { id: 'i-1' }, {}, more)]))).resources
    expect(tainted?.configuration).toEqual({ id: 'i-1', lifecycle: { tainted: true } })
    expect(tainted?.metadata).toMatchObject({ dependencies: ['aws_vpc.a'], create_before_destroy: true })
    expect(JSON.stringify(tainted)).not.toContain('cHJpdmF0ZQ')
  })

  test('reads data sources when asked, and outputs never', async () => {
    const data = resource4('base', { id: 'ami-1' }, { mode: 'data', type: 'aws_ami' })
    const state = state4([data, resource4('web', { id: 'i-1' })], {
      outputs: { token: { value: 'output-secret', type: 'string' } },
    })
    expect((await read(state)).ids).toEqual(['aws_instance.web'])
    const both = await read(state, { dataSources: true })
    expect(both.ids).toEqual(['data.aws_ami.base', 'aws_instance.web'])
    expect((await read(state, { dataSources: true, wholeBytes: 10 })).ids).toEqual(both.ids)
    expect((await read(state, { wholeBytes: 10 })).ids).toEqual(['aws_instance.web'])
    expect(JSON.stringify(both.resources)).not.toContain('output-secret')
  })

  test('redacts what the state marks as sensitive before it hands it on', async () => {
    const sensitive_attributes = [[{ type: 'get_attr', value: 'password' }], [{ type: 'get_attr', value: 'name' }]]
    const state = state4([
      resource4('db', { id: 'db-1', password: 'very-secret', name: 'secret-name' }, {}, { sensitive_attributes }),
    ])
    const { resources } = await read(state)
    expect(resources[0]?.configuration?.password).toBe(redactor.redactValue('very-secret'))
    expect(JSON.stringify(resources)).not.toMatch(/very-secret|secret-name/)
  })

  test('keeps every digit of a number', async () => {
    const state = state4([resource4('web', { id: 'x' })]).replace('"x"', '9007199254740993')
    const { resources } = await read(state)
    expect(JSON.stringify(resources[0])).toContain('"id":9007199254740993')
  })

  test('reads format 3: addresses, nested values, deposed objects, taints', async () => {
    const primary = {
      id: 'i-1',
      attributes: { id: 'i-1', 'sg.#': '1', 'sg.5': 'sg-1', 'tags.%': '1', 'tags.Name': 'w' },
      meta: { schema_version: '1' },
      tainted: true,
    }
    const entry = {
      type: 'aws_instance',
      depends_on: ['aws_vpc.a'],
      primary,
      deposed: [{ id: 'i-0', attributes: { id: 'i-0' } }],
      provider: 'provider.aws',
    }
    const data = { type: 'aws_ami', primary: { id: 'a', attributes: { id: 'a' } }, provider: 'provider.aws' }
    const state = JSON.stringify({
      version: 3,
      serial: 5,
      lineage: 'old',
      modules: [
        { path: ['root'], resources: { 'aws_instance.web': entry, 'data.aws_ami.base': data } },
        { path: ['root', 'net', 'in'], resources: { 'aws_instance.web.0': { ...entry, deposed: [] } }, outputs: {} },
      ],
    })
    const whole = await read(state)
    expect(whole.problems).toEqual([])
    expect(whole).toMatchObject({ version: 3, serial: 5, lineage: 'old' })
    expect(whole.ids).toEqual([
      'aws_instance.web',
      'aws_instance.web (deposed 00000001)',
      'module.net.module.in.aws_instance.web[0]',
    ])
    expect(whole.resources[0]).toMatchObject({
      provider: 'aws',
      name: 'w',
      tags: { Name: 'w' },
      configuration: { id: 'i-1', sg: ['sg-1'], lifecycle: { tainted: true } },
      metadata: { cloud_id: 'i-1', schema_version: 1, dependencies: ['aws_vpc.a'] },
    })
    const streamed = await read(state, { wholeBytes: 20 }, [7, 100, 200, 300, 500])
    expect(JSON.stringify(streamed.resources)).toBe(JSON.stringify(whole.resources))
    expect((await read(state, { dataSources: true })).ids).toContain('data.aws_ami.base')
  })

  test('reads flat attributes that an upgrade from format 3 left, and empty ones', async () => {
    const { attributes: _, ...bare } = { attributes: 0, schema_version: 0 }
    const flat = {
      ...resource4('a', {}),
      instances: [{ ...bare, attributes_flat: { id: 'x', 'l.#': '1', 'l.0': 'y' } }],
    }
    const none = { ...resource4('b', {}), instances: [bare] }
    const { resources, problems } = await read(state4([flat, none]))
    expect(problems).toEqual([])
    expect(resources.map(({ configuration }) => configuration)).toEqual([{ id: 'x', l: ['y'] }, {}])
  })
})

describe('I13: a part that can not be used spoils nothing but itself:', () => {
  const good = resource4('good', { id: 'i-1' })

  test('an address that is there twice', async () => {
    const { ids, problems } = await read(state4([good, good]))
    expect(ids).toEqual(['aws_instance.good'])
    expect(problems).toEqual(['aws_instance.good is there twice'])
  })

  test('an instance of more than 20 MiB', async () => {
    const huge = { index_key: 'big "one"', schema_version: 0, attributes: { blob: 'x'.repeat(21 * 1024 * 1024) } }
    const small = { index_key: 'small', schema_version: 0, attributes: { id: 'i-2' } }
    const state = JSON.stringify({ version: 4, resources: [{ ...good, name: 'each', instances: [huge, small] }, good] })
    const { ids, problems } = await read(state, {}, [1_000_000, 9_000_000, 15_000_000])
    expect(ids).toEqual(['aws_instance.each["small"]', 'aws_instance.good'])
    expect(problems).toEqual(['aws_instance.each["big \\"one\\""] (instance 1) is larger than 20 MiB'])
  })

  test('an instance with more members than can be worked on at once', async () => {
    const map = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, n]))
    const huge = { index_key: 'big', schema_version: 0, attributes: { map } }
    const { ids, problems } = await read(state4([{ ...good, name: 'each', instances: [huge] }, good]))
    expect(ids).toEqual(['aws_instance.good'])
    expect(problems.join()).toMatch(/^aws_instance\.each\["big"\] \(instance 1\) has more than 200000 members, /)
  })

  test('an instance that is nested too deep', async () => {
    for (const depth of [maxInstanceDepth, 10_000, 200_000]) {
      const deep = `{"index_key": 1, "attributes": {"a": ${'['.repeat(depth)}${']'.repeat(depth)}}}`
      const state = state4([{ ...good, instances: ['DEEP', ...good.instances] }]).replace('"DEEP"', deep)
      const { ids, problems } = await read(state, {}, [500, 700])
      expect(ids).toEqual(['aws_instance.good'])
      expect(problems).toEqual([`aws_instance.good[1] (instance 1) is nested deeper than ${maxInstanceDepth} levels`])
    }
  })

  test('bytes that are not UTF-8, and text that is not JSON', async () => {
    const broken = Buffer.from(state4([resource4('bad', { id: 'caf\u00e9' }), good]), 'latin1')
    const whole = await read(broken)
    expect(whole.ids).toEqual(['aws_instance.good'])
    expect(whole.problems.map((problem) => problem.replace(/\d+\)/, 'N)'))).toEqual([
      'resource 1 (at byte N) is not valid UTF-8',
    ])
    const apart = await read(broken, { wholeBytes: 10 })
    expect(apart.ids).toEqual(['aws_instance.good'])
    expect(apart.problems).toHaveLength(1)
    const at = /^aws_instance\.bad \(instance 1\) is not valid UTF-8 in the value that begins at byte (\d+)$/
    expect(Number(at.exec(apart.problems[0] ?? '')?.[1])).toBe(broken.indexOf('{', broken.indexOf('"instances"')))
    const secret = state4([resource4('bad', { id: 'x' }), good]).replace('"x"', 'hunter2-secret')
    const { problems } = await read(secret)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^resource 1 \(at byte \d+\) is not valid JSON$/)
  })

  test.each([
    [{ ...good, mode: 'other' }, 'resource 1 (at byte N) has a mode other than managed and data'],
    [{ ...good, type: undefined }, 'resource 1 (at byte N) has no mode, type and name before its instances'],
    [{ ...good, instances: {} }, 'resource 1 (at byte N) has instances that are no list'],
    [{ ...good, instances: [1] }, 'aws_instance.good (instance 1) is no object'],
    [{ ...good, instances: [{ attributes: [] }] }, 'aws_instance.good (instance 1) has attributes that are no object'],
    [7, 'resource 1 (at byte N) is no object'],
  ])('a resource %j', async (resource, problem) => {
    const other = resource4('other', { id: 'i-2' })
    for (const wholeBytes of [1000, 10]) {
      const { ids, problems } = await read(state4([resource as object, other]), { wholeBytes })
      expect(ids).toEqual(['aws_instance.other'])
      expect(problems).toHaveLength(1)
      if (wholeBytes === 1000) expect(problems[0]?.replace(/byte \d+/, 'byte N')).toBe(problem)
    }
  })

  test('a large resource whose head does not come first', async () => {
    const { mode, type, name, provider, instances } = good
    const late = { mode, type, instances, name, provider }
    const module = { mode, type, name, provider, instances, module: 'module.x' }
    const { problems } = await read(state4([late, module]), { wholeBytes: 10 })
    expect(problems).toEqual([
      'resource 1 has no mode, type and name before its instances',
      'aws_instance.good has its module behind its instances',
    ])
    expect((await read(state4([late, { ...module, name: 'x' }]))).problems).toEqual([])
  })

  test('and of many only the first are listed, the rest counted', async () => {
    const { problems } = await read(state4(Array.from({ length: 500 }, () => good)))
    expect(problems).toHaveLength(21)
    expect(problems.at(-1)).toBe('479 more problems of this kind')
  })
})

describe('a document that is no usable state is refused as a whole:', () => {
  test.each([
    ['{"version": 2, "modules": []}', /format 2, which Terraform before 0\.7 wrote.*terraform state pull/],
    ['{"version": 1, "modules": []}', /format 1, .*terraform state pull/],
    ['{"version": 5, "resources": []}', /format 5, not 3 or 4.*Update vaino/],
    ['{"resources": [], "version": 5}', /format 5, not 3 or 4/],
    ['{"version": "4", "resources": []}', /format "4", not 3 or 4/],
    ['{"version": 3, "serial": 1, "backend": {"type": "s3"}}', /is the backend's settings, not a state/],
    ['{"version": 4, "modules": []}', /says that it is of format 4, but has no resources of that format/],
    ['{"version": 4, "resources": {"a": 1}}', /has "resources" that are no list/],
    ['{"version": 4, "resources": {}}', /has "resources" that are no list/],
    ['{"version": 4, "resources": [], "resources": []}', /has "resources" after its "resources"/],
    ['{"version": {}, "resources": []}', /has a "version" that is no plain value/],
    ['{"encrypted_data": "abc", "meta": {}, "serial": 1}', /encrypted by OpenTofu.*tofu state pull/],
    [
      '{"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}',
      /terraform show -json.*terraform state pull/,
    ],
    ['{}', /no "version"/],
    ['[1, 2]', /no "version"/],
    ['"text"', /not valid JSON at byte 0: expected "\{" or "\["/],
    ['', /ends in the middle, after 0 bytes/],
    ['{"version": 4, "resources": []} {', /not valid JSON at byte 32: expected nothing more/],
  ])('%s', async (text, message) => {
    expect(await failure(text)).toMatch(message)
  })

  test('a state that is cut off anywhere', async () => {
    const text = state4([resource4('web', { id: 'i-1' })]).trimEnd()
    for (let end = 0; end < text.length; end++) expect(await failure(text.slice(0, end))).toMatch(/^ends in the middle/)
  })

  test('and one that is broken is distinguished from one that is cut, with the position', async () => {
    expect(await failure('{"version": 4, "serial": ')).toMatch(/^ends in the middle, after 25 bytes\W*$/)
    expect(await failure('{"version": 4, "lineage": "a')).toMatch(
      /^ends in the middle, after 28 bytes, in the value that begins at byte 26/,
    )
    // A quote is missing: what follows is taken for the text.
    expect(await failure('{"version": 4, "lineage": "a, "resources": []}')).toMatch(/^is not valid JSON at byte 31: /)
    expect(await failure('{"version": 4, "serial": 1x, "resources": []}')).toMatch(
      /^is not valid JSON in the value that begins at byte 25/,
    )
  })

  test('while one without resources or modules is whole and empty, as Terraform and OpenTofu read it', async () => {
    for (const text of [
      ...['{"version": 4}', '{"version": 4, "resources": null}', '{"version": 4, "serial": 7, "lineage": "x"}'],
      ...['{"version": 3}', '{"version": 3, "modules": null}', '{"version": 3, "modules": []}'],
      '{"version": 3, "modules": [{"path": ["root"]}]}',
    ]) {
      expect(await read(text)).toMatchObject({ ids: [], problems: [] })
    }
  })

  test('while an empty one is whole', async () => {
    expect(await read(state4([]))).toMatchObject({ ids: [], problems: [], serial: 1, lineage: 'first-lineage' })
  })
})
