import { describe, expect, test } from 'bun:test'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { watchStates } from './watch.ts'
import { type PathWhere, parseWhere } from './where.ts'

const at = (folder: TemporaryFolder, name = '.'): PathWhere => {
  const where = parseWhere(name)
  if (where.kind !== 'path') throw new Error(`${name} is no path`)
  return { ...where, from: folder.path, path: join(folder.path, where.name) }
}

/** So long nothing was told: what was written before has been seen. */
const quietMs = 250

/** A write is told of within this time; the promise is a second, the rest is for a busy machine. */
const promisedMs = 3000

interface Watching extends Disposable {
  /** Does it and resolves when it is told of. */
  telling(step: () => Promise<unknown>): Promise<void>
  readonly count: number
}

function watching(where: PathWhere): Watching {
  let count = 0
  let toldAt = Date.now()
  let wake = (): void => {}
  const stop = new AbortController()
  void watchStates(where, stop.signal, () => {
    count++
    toldAt = Date.now()
    wake()
  })
  return {
    get count() {
      return count
    },
    async telling(step) {
      while (Date.now() - toldAt < quietMs) await new Promise((resolve) => setTimeout(resolve, 10))
      const told = Promise.withResolvers<void>()
      wake = told.resolve
      const timer = setTimeout(() => told.reject(new Error(`not told of within ${promisedMs} ms`)), promisedMs)
      await step()
      await told.promise
      clearTimeout(timer)
    },
    [Symbol.dispose]: () => stop.abort(),
  }
}

describe('watching for changes', () => {
  test('reports a state that is written in place, replaced, made, removed, and one in a new sub-folder', async () => {
    await using folder = await temporaryFolder()
    await folder.write('infra/a.tfstate', '{}')
    using watch = watching(at(folder, 'infra'))
    const path = (name: string) => join(folder.path, 'infra', name)
    await watch.telling(() => writeFile(path('a.tfstate'), '{"serial": 1}'))
    await watch.telling(() => folder.replace('infra/a.tfstate', '{"serial": 2}'))
    await watch.telling(() => writeFile(path('b.tfstate'), '{}'))
    await watch.telling(() => rm(path('b.tfstate')))
    await watch.telling(async () => {
      await mkdir(path('new/deeper'), { recursive: true })
      await writeFile(path('new/deeper/c.tfstate'), '{}')
    })
    await watch.telling(() => writeFile(path('new/deeper/c.tfstate'), '{"serial": 1}'))
    await watch.telling(() => rename(path('new'), path('renamed')))
    await watch.telling(() => writeFile(path('renamed/deeper/c.tfstate'), '{"serial": 2}'))
  })

  test('follows a folder that goes and comes again, and one that is not there yet', async () => {
    await using folder = await temporaryFolder()
    using watch = watching(at(folder, 'infra'))
    const write = () => folder.write('infra/a.tfstate', '{}')
    await watch.telling(write)
    await watch.telling(() => rm(join(folder.path, 'infra'), { recursive: true }))
    await watch.telling(write)
    await watch.telling(() => writeFile(join(folder.path, 'infra/a.tfstate'), '{"serial": 1}'))
  })

  test('follows a single file, also where a link leads to it', async () => {
    await using folder = await temporaryFolder()
    await folder.write('real/state.json', '{}')
    await symlink('real/state.json', join(folder.path, 'link.tfstate'))
    using watch = watching(at(folder, 'link.tfstate'))
    await watch.telling(() => writeFile(join(folder.path, 'real/state.json'), '{"serial": 1}'))
    await watch.telling(() => folder.replace('real/state.json', '{"serial": 2}'))
  })

  test('is quiet about everything else', async () => {
    await using folder = await temporaryFolder()
    await folder.write('infra/a.tfstate', '{}')
    using watch = watching(at(folder, 'infra'))
    await watch.telling(() => writeFile(join(folder.path, 'infra/a.tfstate'), '{"serial": 1}'))
    const before = watch.count
    await folder.write('infra/.terraform.tfstate.lock.info', '{}')
    await folder.write('infra/a.tfstate.backup', '{}')
    await folder.write('infra/main.tf', '')
    await folder.write('infra/.terraform/terraform.tfstate', '{}')
    // What comes after them is told of, once: they have been seen by then and were nothing.
    await watch.telling(() => writeFile(join(folder.path, 'infra/a.tfstate'), '{"serial": 22}'))
    expect(watch.count).toBe(before + 1)
  })

  test('reports a file that is written all the time', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('a.tfstate', '{}')
    using watch = watching(at(folder))
    let isWriting = true
    const write = async () => {
      for (let serial = 0; isWriting; serial++) {
        await writeFile(path, `{"serial": ${serial}}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const writing = write()
    await watch.telling(async () => {})
    isWriting = false
    await writing
  })

  test('ends when it is disposed of', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('a.tfstate', '{}')
    const ended = watching(at(folder))
    await ended.telling(() => writeFile(path, '{"serial": 1}'))
    const { count } = ended
    ended[Symbol.dispose]()
    using other = watching(at(folder))
    await other.telling(() => writeFile(path, '{"serial": 22}'))
    expect(ended.count).toBe(count)
  })
})
