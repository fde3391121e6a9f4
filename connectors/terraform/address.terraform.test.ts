import { expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { needs } from '../../test/lanes.ts'
import { runs } from '../../test/property.ts'
import { redactor, resource4, state4 } from '../../test/terraform/states.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { readState } from './read-state.ts'

const terraform = needs.terraform.found ?? 'terraform'
const run = (cwd: string, ...args: string[]): string =>
  execFileSync(terraform, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { PATH: process.env.PATH, HOME: cwd },
  })

async function addressesIn(state: string): Promise<string[]> {
  const addresses: string[] = []
  const observe = async ({ id }: { id: string }) => void addresses.push(id)
  await readState(chunksOf(state), { redactor, dataSources: true, observe })
  return addresses.sort()
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/**
 * Escapes, template marks, controls, spaces, formats, private and unassigned characters of every width. None is younger than
 * Unicode 13: which characters are printable, terraform knows from an edition of its own.
 */
const awkward = [
  ...'{}%$"\\/[].\n\r\t\0\u0007\u007f\u0085\u00a0\u00ad\u200b\u200d\u2028\u3000\ue000\ufeff\uffff\u{e0001}\u{10ffff}éßжא字ก्👩🏽a0 ',
]

test('addresses are those that the real terraform lists', async () => {
  await using folder = await temporaryFolder()
  const { seed } = runs(1)
  const key = fc.string({ unit: fc.constantFrom(...awkward), maxLength: 8 })
  const keys = fc.sample(key, { numRuns: 500, seed: seed ?? 1 })
  const instances = [...new Set(keys)]
    // Terraform keeps strings in normal form C; keys of another form don't get into a state.
    .filter((key) => key.isWellFormed() && key === key.normalize('NFC'))
    .map((key) => ({ index_key: key, schema_version: 0, attributes: { id: '1' } }))
  const counted = [0, 1, 12].map((index) => ({ index_key: index, schema_version: 0, attributes: { id: '1' } }))
  const state = state4([
    resource4('each', {}, { module: 'module.a["x.y"].module.b[2]' }),
    { ...resource4('keys', {}), instances },
    { ...resource4('count', {}), mode: 'data', instances: counted },
  ])
  const path = await folder.write('s.tfstate', state)
  const listed = run(folder.path, 'state', 'list', `-state=${path}`)
  expect(await addressesIn(state)).toEqual(listed.split('\n').filter(Boolean).sort())
})

test('a state of format 3 keeps its addresses when the real terraform upgrades it', async () => {
  await using folder = await temporaryFolder()
  const entry = (id: string, deposed: string[] = []) => ({
    type: 'aws_instance',
    depends_on: [],
    primary: id === '' ? null : { id, attributes: { id, 'tags.%': '1', 'tags.Name': 'w' }, meta: {}, tainted: false },
    deposed: deposed.map((other) => ({ id: other, attributes: { id: other } })),
    provider: 'provider.aws',
  })
  const old = JSON.stringify({
    version: 3,
    terraform_version: '0.11.14',
    serial: 7,
    lineage: 'old',
    modules: [
      { path: ['root'], outputs: {}, resources: { 'aws_instance.one': entry('i-1', ['i-0', 'i-00']) }, depends_on: [] },
      {
        path: ['root', 'net', 'inner'],
        outputs: {},
        resources: {
          'aws_instance.web.0': entry('i-2'),
          'aws_instance.web.10': entry('i-3', ['i-4']),
          'data.aws_ami.x': entry('a'),
        },
        depends_on: [],
      },
    ],
  })
  await folder.write('terraform.tfstate', old)
  const upgraded = run(folder.path, 'state', 'pull')
  expect(JSON.parse(upgraded).version).toBe(4)
  const addresses = await addressesIn(old)
  expect(addresses).toEqual(await addressesIn(upgraded))
  expect(addresses).toContain('module.net.module.inner.aws_instance.web[10] (deposed 00000001)')
})
