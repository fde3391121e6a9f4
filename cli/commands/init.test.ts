import { expect, test } from 'bun:test'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { startVaino, stateOf, temporaryFolder, vaino } from '../test-cli.ts'

test('init writes a configuration for the states below the folder, and up takes it', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['app', 'net']) {
    await mkdir(path.join(folder.path, 'infra', name), { recursive: true })
    await writeFile(path.join(folder.path, 'infra', name, 'terraform.tfstate'), stateOf({ [name]: 1 }))
  }
  const init = await vaino(['init', '--listen', '127.0.0.1:0'], { cwd: folder.path })
  expect(init).toMatchObject({ code: 0, stdout: '' })
  expect(init.stderr).toContain('found 2 Terraform states below ./infra')
  const written = await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8')
  expect(parse(written)).toEqual({ sources: ['terraform:./infra'], listen: '127.0.0.1:0' })
  await using up = startVaino(['up'], { cwd: folder.path })
  const [, url = ''] = await up.until(/listening on (\S+)/)
  await up.until(/"event":"source_/)
  expect((await vaino(['scopes', '--server', url])).code).toBe(0)

  const again = await vaino(['init'], { cwd: folder.path })
  expect(again.code).toBe(2)
  expect(again.stderr).toContain('vaino.yaml is there already')
  expect(await readFile(path.join(folder.path, 'vaino.yaml'), 'utf8')).toBe(written)
})

test('init with nothing to watch, and with a wrong flag, writes nothing and says what is needed', async () => {
  await using folder = await temporaryFolder()
  const nothing = await vaino(['init'], { cwd: folder.path })
  expect(nothing.code).toBe(2)
  expect(nothing.stderr).toContain('vaino init --source terraform:PATH')
  const wrong = await vaino(['init', '--source', 'terraform:./a', '--interval', 'soon'], { cwd: folder.path })
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('soon')
  expect(await readdir(folder.path)).toEqual([])
})
