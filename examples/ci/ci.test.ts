import { expect, test } from 'bun:test'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'

const root = path.resolve(import.meta.dir, '../..')
const states = path.join(root, 'examples/estate/states')

test('the first run takes note, a change fails the next one with a report, and is told once', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-ci-'))
  try {
    const check = async (...sources: string[]) => {
      const child = Bun.spawn([path.join(import.meta.dir, 'check.sh'), ...sources], {
        cwd: folder,
        env: { ...process.env, VAINO: path.join(root, 'vaino') },
        stdout: 'pipe',
        stderr: 'pipe',
      })
      const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, out, error }
    }
    const put = (step: string) => cpSync(path.join(states, step), path.join(folder, 'infra'), { recursive: true })
    put('01-applied')
    expect(await check('terraform:infra')).toMatchObject({ code: 0 })
    put('02-ports-opened')
    const changed = await check('terraform:infra')
    expect(changed).toMatchObject({ code: 1 })
    expect(changed.out).toContain('aws_security_group')
    expect(readFileSync(path.join(folder, 'vaino-report.md'), 'utf8')).toBe(changed.out)
    expect(await check('terraform:infra')).toMatchObject({ code: 0 })
    expect((await check('terraform:nowhere')).code).toBe(2)
    expect(await check()).toMatchObject({ code: 2, error: expect.stringContaining('usage: check.sh') })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.each(['github-actions.yml', 'gitlab-ci.yml', 'Jenkinsfile'])('%s calls the script that is here', (name) => {
  const text = readFileSync(path.join(import.meta.dir, name), 'utf8')
  expect(text).toContain('vaino/examples/ci/check.sh terraform:infra')
  if (name.endsWith('.yml')) expect(() => parse(text)).not.toThrow()
})
