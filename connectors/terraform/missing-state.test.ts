import { expect, test } from 'bun:test'
import { rename, rm, stat, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { saysGone } from '../../model/record.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { resource4, state4 } from '../../test/terraform/states.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import type { ConnectorContext } from '../connector.ts'
import type { Source } from '../source.ts'
import { terraform } from './connector.ts'
import { scopeOf } from './where.ts'

const web = state4([resource4('web', { id: 'i-1' })])
const open = (where: string, more: Partial<ConnectorContext> = {}): Source => openSource(terraform, where, {}, more)

async function scansOf(source: Source) {
  const sink = recordingSink()
  await scanAll(source, sink)
  return sink.scans
}

const saidOf = async (source: Source): Promise<string[]> =>
  (await scansOf(source)).flatMap(({ outcome }) => messages(outcome?.errors))

/** By scope, whether its scan says that the state is gone; otherwise it is complete or could not look. */
const areGone = async (source: Source): Promise<boolean[]> =>
  (await scansOf(source)).map(({ outcome }) => saysGone(outcome?.errors ?? []))

test('a state that went from a folder with others in it is gone', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('web.tfstate', web)
  await folder.write('z.tfstate', web)
  const source = open(folder.path)
  await scansOf(source)
  await unlink(path)
  expect(await areGone(source)).toEqual([true, false])
})

test('a state of a watched folder that is missing is not gone', async () => {
  await using folder = await temporaryFolder()
  await folder.write('infra/web.tfstate', web)
  const source = open(join(folder.path, 'infra'))
  await scansOf(source)
  await rm(join(folder.path, 'infra'), { recursive: true })
  expect(await areGone(source)).toEqual([false])
})

test('a state that went with a folder of its own is gone', async () => {
  await using folder = await temporaryFolder()
  await folder.write('infra/prod/web.tfstate', web)
  await folder.write('infra/main.tf', '')
  for (const where of ['infra', 'infra/*/*.tfstate']) {
    await folder.write('infra/prod/web.tfstate', web)
    const source = open(join(folder.path, where))
    await scansOf(source)
    await rm(join(folder.path, 'infra/prod'), { recursive: true })
    expect(await areGone(source)).toEqual([true])
  }
})

test('a state that leaves an empty folder is not gone: so does a file system that is not mounted', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('infra/prod/web.tfstate', web)
  await folder.write('infra/main.tf', '')
  const source = open(join(folder.path, 'infra'))
  await scansOf(source)
  await unlink(path)
  expect(await saidOf(source)).toEqual([expect.stringMatching(/web\.tfstate is not found: .*prod is empty$/)])
  expect(await areGone(source)).toEqual([false])
})

test('a state that went with what a link of its path leads to is not gone', async () => {
  await using folder = await temporaryFolder()
  await folder.write('mount/web.tfstate', web)
  await folder.write('infra/main.tf', '')
  await symlink('../mount', join(folder.path, 'infra/prod'))
  const source = open(join(folder.path, 'infra'))
  await scansOf(source)
  await rename(join(folder.path, 'mount'), join(folder.path, 'elsewhere'))
  expect(await areGone(source)).toEqual([false])
})

test('a state that a source names by itself fails until it is back', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('web.tfstate', web)
  await folder.write('main.tf', '')
  const source = open(path)
  await scansOf(source)
  await unlink(path)
  expect(await areGone(source)).toEqual([false])
})

test('a state that is gone and whose scope was forgotten is no target any more', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('web.tfstate', web)
  await folder.write('z.tfstate', web)
  let known: ReturnType<ConnectorContext['knownScopes']> = []
  const source = open(folder.path, { knownScopes: () => known })
  known = (await scansOf(source)).map(({ scope }) => ({ scope, status: 'fresh', attributes: {} }))
  await unlink(path)
  expect(await areGone(source)).toEqual([true, false])
  known = known.filter(({ scope }) => !scope.includes('web'))
  expect(await areGone(source)).toEqual([false])
})

test('a state is not gone where its folder is on another file system than when it was read; a restart may number devices anew', async () => {
  await using folder = await temporaryFolder()
  await folder.write('infra/z.tfstate', web)
  const root = join(folder.path, 'infra')
  const { dev, ino } = await stat(root, { bigint: true })
  const scope = scopeOf(join(root, 'web.tfstate'))
  const cases = [
    { folders: [`${dev + 1n}:${ino + 1n}`], isGone: false },
    { folders: [`${dev + 1n}:${ino}`], isGone: true },
    { folders: [`${dev}:${ino + 1n}`], isGone: true },
    // An earlier vaino has noted nothing.
    { folders: undefined, isGone: true },
  ]
  for (const { folders, isGone } of cases) {
    const attributes = { path: join(root, 'web.tfstate'), ...(folders && { folders }) }
    const source = open(root, { knownScopes: () => [{ scope, status: 'fresh', attributes }] })
    expect([folders, await areGone(source)]).toEqual([folders, [isGone, false]])
  }
  // What a scan notes is what the next process compares with.
  const noted = (await scansOf(open(root)))[0]?.outcome?.attributes
  expect(noted).toMatchObject({ folders: [`${dev}:${ino}`] })
})
