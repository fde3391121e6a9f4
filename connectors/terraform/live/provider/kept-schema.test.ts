import { expect, setDefaultTimeout, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { runs } from '../../../../test/property.ts'
import { temporaryFolder } from '../../../../test/terraform/temporary-folder.ts'
import { KeptFiles } from '../kept-files.ts'
import { DamagedSchema, keepSchema, readKeptSchema } from './kept-schema.ts'
import { scriptedProvider } from './scripted.case.ts'

setDefaultTimeout(60_000)

const bounds = { files: 4, bytes: 2 ** 20 }
const text = (name: string): Uint8Array => Buffer.from(name)
const whole = {
  provider: text('the provider'),
  resources: new Map([
    ['a_thing', text('a thing')],
    ['another', new Uint8Array(0)],
    ['__proto__', text('a name like any other')],
  ]),
  identities: new Map([['a_thing', text('its identity')]]),
}

/** All that can be asked; what is damaged is null in its place. */
async function contents(kept: KeptFiles, binary = 'b') {
  const found = await readKeptSchema(kept, binary)
  if (found === null) return null
  const ask = (part: Promise<Uint8Array | null>) =>
    part.then(
      (bytes) => (bytes === null ? 'none' : Buffer.from(bytes).toString()),
      (error) => (error instanceof DamagedSchema ? null : `${error}`),
    )
  const types = ['a_thing', 'another', '__proto__', 'toString']
  return {
    provider: Buffer.from(found.provider).toString(),
    resources: await Promise.all(types.map((type) => ask(found.resource(type)))),
    identities: await Promise.all(types.map((type) => ask(found.identity(type)))),
  }
}
const right = {
  provider: 'the provider',
  resources: ['a thing', '', 'a name like any other', 'none'],
  identities: ['its identity', 'none', 'none', 'none'],
}

test('a schema is read part by part as it was kept, and is of its binary alone', async () => {
  await using folder = await temporaryFolder()
  const kept = new KeptFiles(folder.path, bounds)
  expect(await contents(kept)).toBeNull()
  expect(await keepSchema(kept, 'b', whole)).not.toBeNull()
  expect(await contents(kept)).toEqual(right)
  expect(await contents(kept, 'another')).toBeNull()
  expect(await keepSchema(new KeptFiles(null, bounds), 'b', whole)).toBeNull()
})

test('whatever becomes of the file, what is read of it is right or is known to be damaged', async () => {
  await using folder = await temporaryFolder()
  const kept = new KeptFiles(folder.path, bounds)
  await keepSchema(kept, 'b', whole)
  const file = path.join(folder.path, (await readdir(folder.path))[0] ?? '')
  const good = await readFile(file)
  const isRight = (found: Awaited<ReturnType<typeof contents>>) =>
    found === null ||
    (found.provider === right.provider &&
      found.resources.every((part, at) => part === null || part === right.resources[at]) &&
      found.identities.every((part, at) => part === null || part === right.identities[at]))
  const damage = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255), cut: fc.option(fc.nat(good.length)) })
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, to, cut }) => {
      const bad = Buffer.from(good)
      bad[at] = to
      await writeFile(file, bad)
      if (cut !== null) await truncate(file, cut)
      expect(isRight(await contents(kept))).toBe(true)
    }),
    runs(300),
  )
})

/** A process that begins anew opens the provider, twice at once, and says its schema's version. */
function inProcess(folder: string): string {
  const script = fileURLToPath(new URL('scripted.case.ts', import.meta.url))
  const env = { ...process.env, VAINO_CACHE_DIR: `${folder}/cache` }
  return execFileSync(process.execPath, [script, folder], { env, encoding: 'utf8' })
}

test('a later process asks no provider for its schema, unless what was kept is damaged', async () => {
  await using folder = await temporaryFolder()
  await scriptedProvider(folder)
  const asked = async () =>
    (await readFile(`${folder.path}/log`, 'utf8')).split('\n').filter((line) => line === 'schema').length
  for (const _ of [1, 2]) expect(inProcess(folder.path)).toBe('3 present 3 present')
  expect(await asked()).toBe(1)
  const kept = `${folder.path}/cache/provider-schemas`
  const [name = ''] = await readdir(kept)
  const file = path.join(kept, name)
  const good = await readFile(file)
  const bad = Buffer.from(good)
  // In the part of the type: it begins with its version and ends with its last block.
  bad[bad.lastIndexOf('cidr_blocks')] = 0
  await writeFile(file, bad)
  expect(inProcess(folder.path)).toBe('3 present 3 present')
  expect(await asked()).toBe(2)
  expect(await readFile(file)).toEqual(good)
  expect(inProcess(folder.path)).toBe('3 present 3 present')
  expect(await asked()).toBe(2)
})
