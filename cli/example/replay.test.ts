import { expect, test } from 'bun:test'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { root, startVaino, stateOf, temporaryFolder } from '../test-cli.ts'
import { type Estate, estateIn, findEstate } from './estate.ts'
import { createReplay, readPosition, stepAfter, writeStep } from './replay.ts'

/** An estate of two steps: the second has another state more. */
async function madeIn(folder: string): Promise<Estate> {
  const steps = ['one', 'two'].map((name) => ({ folder: name, title: name, what_changes: '' }))
  await mkdir(path.join(folder, 'states/one/net'), { recursive: true })
  await mkdir(path.join(folder, 'states/two/net'), { recursive: true })
  await writeFile(path.join(folder, 'states/one/net/a.tfstate'), stateOf({ a: 1 }, 4))
  await writeFile(path.join(folder, 'states/two/net/a.tfstate'), stateOf({ a: 2 }, 5))
  await writeFile(path.join(folder, 'states/two/b.tfstate'), stateOf({ b: 1 }, 1))
  await writeFile(path.join(folder, 'steps.json'), JSON.stringify(steps))
  const made = estateIn(folder)
  if (made === null) throw new Error('no estate was made')
  return made
}

const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort()

test('the working copy holds the files of its step, byte for byte, and no others', async () => {
  await using folder = await temporaryFolder()
  const estate = await madeIn(folder.path)
  const copy = path.join(folder.path, 'copy')
  await mkdir(copy)
  writeStep(estate, { step: 1, round: 0 }, copy)
  expect(await filesIn(copy)).toEqual(['b.tfstate', 'net/a.tfstate'])
  writeStep(estate, { step: 0, round: 0 }, copy)
  expect(await filesIn(copy)).toEqual(['net/a.tfstate'])
  expect(await readFile(path.join(copy, 'net/a.tfstate'), 'utf8')).toBe(stateOf({ a: 1 }, 4))
})

test('in a second round the serials go on growing, as those of Terraform do', async () => {
  await using folder = await temporaryFolder()
  const estate = await madeIn(folder.path)
  const copy = path.join(folder.path, 'copy')
  await mkdir(copy)
  const serials: number[] = []
  let position = { step: 0, round: 0 }
  for (let n = 0; n < 5; n++) {
    writeStep(estate, position, copy)
    serials.push((JSON.parse(await readFile(path.join(copy, 'net/a.tfstate'), 'utf8')) as { serial: number }).serial)
    position = stepAfter(position, estate)
  }
  expect(serials).toEqual([4, 5, 1004, 1005, 2004])
})

test('it goes on where the last run ended', async () => {
  await using folder = await temporaryFolder()
  const estate = await madeIn(folder.path)
  const copy = path.join(folder.path, 'copy')
  const titles: string[] = []
  const replay = () =>
    createReplay({
      estate,
      copy,
      everyMs: 1,
      signal: new AbortController().signal,
      onStep: ({ title }) => void titles.push(title),
      onFull: () => undefined,
    })
  replay().begin()
  writeStep(estate, { step: 1, round: 3 }, copy)
  expect(readPosition(copy, estate)).toEqual({ step: 1, round: 3 })
  replay().begin()
  expect(titles).toEqual(['one', 'two'])
  await writeFile(`${copy}.json`, 'cut o')
  expect(readPosition(copy, estate)).toBeNull()
})

test('a full disk delays the next step, and ends nothing', async () => {
  await using folder = await temporaryFolder()
  const estate = await madeIn(folder.path)
  const copy = path.join(folder.path, 'copy')
  const stopping = new AbortController()
  const titles: string[] = []
  const full = Promise.withResolvers<Error>()
  const moved = Promise.withResolvers<void>()
  const replay = createReplay({
    ...{ estate, copy, everyMs: 1, signal: stopping.signal, onFull: full.resolve },
    onStep: ({ title }) => {
      if (titles.push(title) > 1) moved.resolve()
    },
  })
  replay.begin()
  // What is written to it meets a full disk.
  await rm(`${copy}.json`)
  await symlink('/dev/full', `${copy}.json`)
  const running = replay.run()
  expect(await Promise.race([full.promise, running])).toMatchObject({ code: 'ENOSPC' })
  await rm(`${copy}.json`)
  await moved.promise
  stopping.abort()
  await running
  expect(titles.slice(0, 2)).toEqual(['one', 'two'])
})

test("the clone's own example names steps that are there", async () => {
  const estate = await findEstate()
  expect(estate?.steps.length).toBeGreaterThanOrEqual(6)
  for (const step of estate?.steps ?? []) expect(estate?.filesOf(step).size).toBeGreaterThan(0)
  expect(estateIn(root)).toBeNull()
})

test('up --example replays the example in its own data directory and prints calls that work', async () => {
  await using folder = await temporaryFolder()
  await using up = startVaino(['up', '--example', '--listen', '127.0.0.1:0', '--example-every', '300ms'], {
    cwd: folder.path,
  })
  const [, snapshot = ''] = await up.until(/curl '(\S+\/v1\/snapshot)'/)
  const [, since = ''] = await up.until(/curl '(\S+\/v1\/snapshot\?since=[^']+)'/)
  const [, stream = ''] = await up.until(/curl -N '(\S+)'/)
  const lines = (await (await fetch(snapshot)).text()).trim().split('\n')
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ control: 'snapshot-end', count: lines.length - 1 })
  expect(lines.length).toBeGreaterThan(20)
  expect((await fetch(stream.replace('&live=sse', ''))).status).toBe(200)

  await up.until(/example, step 3 of/)
  const changed = async () =>
    (await (await fetch(since)).text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { key?: string })
  // A step is printed when its files are written. The source reads them a moment later.
  await until('the ports that a step opens are among what changed', async () =>
    (await changed()).some(({ key }) => key?.includes('aws_security_group')),
  )
  expect(up.output).not.toContain('"level":"error"')
  expect(up.output).not.toContain('"level":"warn"')
})

test('up --example beside a vaino.yaml watches what that names, and says that the example is not run', async () => {
  await using folder = await temporaryFolder()
  await writeFile(path.join(folder.path, 'vaino.yaml'), 'sources: []\n')
  await using up = startVaino(['up', '--example', '--listen', '127.0.0.1:0'], { cwd: folder.path })
  await up.until(/The example is not run, because \S*vaino\.yaml is there/)
})
