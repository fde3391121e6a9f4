import { describe, expect, test } from 'bun:test'
import { link, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { covers, discover } from './discover.ts'
import { type PathWhere, parseWhere } from './where.ts'

const at = (folder: TemporaryFolder, name = '.'): PathWhere => {
  const where = parseWhere(name)
  if (where.kind !== 'path') throw new Error(`${name} is no path`)
  return { ...where, from: folder.path, path: join(folder.path, where.name) }
}
const found = async (folder: TemporaryFolder, name?: string): Promise<string[]> =>
  (await discover(at(folder, name))).states.map((state) => state.name)

describe('finding states', () => {
  test('in a folder meets workspaces and sub-folders, and passes over what is no state of its own', async () => {
    await using folder = await temporaryFolder()
    const states = [
      'a/terraform.tfstate',
      'a/terraform.tfstate.d/dev/terraform.tfstate',
      'a/terraform.tfstate.d/prod/terraform.tfstate',
      'b/c/d/net.tfstate',
      'z.tfstate',
    ]
    const others = [
      'a/terraform.tfstate.backup',
      'a/.terraform/terraform.tfstate',
      'a/.terraform.tfstate.lock.info',
      'b/node_modules/x/terraform.tfstate',
      '.git/x.tfstate',
      'b/.hidden.tfstate',
      'b/main.tf',
    ]
    for (const name of [...states, ...others]) await folder.write(name, '{}')
    expect(await found(folder)).toEqual(states)
    expect(await found(folder, 'a')).toEqual(states.slice(0, 3))
    expect(await found(folder, 'a/terraform.tfstate.backup')).toEqual(['a/terraform.tfstate.backup'])
    expect(await found(folder, 'nothing-here')).toEqual([])
    await mkdir(join(folder.path, 'odd.tfstate'))
    expect(await found(folder)).toEqual(states)
  })

  test('by a glob meets what matches, and a folder called like a glob is that folder', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['envs/dev/a.json', 'envs/prod/a.json', 'envs/prod/a.json.backup', 'envs/x.json', 'top.json'])
      await folder.write(name, '{}')
    expect(await found(folder, './envs/*/a.json*')).toEqual(['envs/dev/a.json', 'envs/prod/a.json'])
    expect(await found(folder, 'envs/{prod,none}/*')).toEqual(['envs/prod/a.json'])
    expect(await found(folder, '**/[at]*.json')).toEqual(['envs/dev/a.json', 'envs/prod/a.json', 'top.json'])
    expect(await found(folder, 'nowhere/*/x')).toEqual([])
    await folder.write('[odd]/s.tfstate', '{}')
    expect(await found(folder, '[odd]')).toEqual(['[odd]/s.tfstate'])
  })

  test('follows links once, ends in circles, and prefers the name that a file has of its own', async () => {
    await using folder = await temporaryFolder()
    await folder.write('z/real.tfstate', '{}')
    await folder.write('outside/kept.tfstate', '{}')
    await folder.write('outside/.current/deep.tfstate', '{}')
    await mkdir(join(folder.path, 'in/a'), { recursive: true })
    const links: [target: string, name: string][] = [
      ['../../z', 'in/a/z'],
      ['../z', 'in/b'],
      ['..', 'in/up'],
      ['../outside/.current', 'in/c'],
      ['../outside/kept.tfstate', 'in/linked.tfstate'],
      ['../outside/kept.tfstate', 'in/linked-again.tfstate'],
      ['circle.tfstate', 'in/circle.tfstate'],
      ['nowhere', 'in/dangling.tfstate'],
      ['nowhere', 'in/other'],
    ]
    for (const [target, name] of links) await symlink(target, join(folder.path, name))
    // A second name for the same bytes, not a link to the first: each is a file.
    await link(join(folder.path, 'z/real.tfstate'), join(folder.path, 'in/hard.tfstate'))
    expect(await found(folder)).toEqual([
      'in/c/deep.tfstate',
      'in/circle.tfstate',
      'in/dangling.tfstate',
      'in/hard.tfstate',
      'outside/kept.tfstate',
      'z/real.tfstate',
    ])
    expect(await found(folder, 'in')).toContain('in/linked-again.tfstate')
    const { folders } = await discover(at(folder, 'in/linked.tfstate'))
    expect(folders).toEqual([join(folder.path, 'in'), join(folder.path, 'outside')])
  })
})

describe('whose a state is that is gone', () => {
  test.each([
    ['infra', 'infra/prod.tfstate', true],
    ['infra', 'infra-2/prod.tfstate', false],
    ['infra', 'infra', true],
    ['/', '/srv/x.tfstate', true],
    ['.', 'infra/prod.tfstate', true],
    ['.', '../x.tfstate', false],
    ['.', '/srv/x.tfstate', false],
    ['.', 'https://host/x', false],
    ['envs/*/x.tfstate', 'envs/dev/x.tfstate', true],
    ['envs/*/x.tfstate', 'envs/dev/y.tfstate', false],
    ['https://me:pw@host/x', 'https://host/x', true],
    ['https://host/x', 'https://host/x/y', false],
  ])('of %s: %s, %p', (where, name, is) => {
    expect(covers(parseWhere(where), name)).toBe(is)
  })
})
