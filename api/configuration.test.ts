import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { loadConfig } from '../pipeline/config/load.ts'
import { temporaryFolder } from '../test/terraform/temporary-folder.ts'
import { configuration } from './schemas-overview.ts'
import { startTestServer } from './test-server.ts'

const yaml = `listen: 127.0.0.1:0
alerts:
  sinks:
    hook: { kind: webhook, url: "https://hooks.example.com/hunter2-of-the-hook" }
sources:
  - terraform:https://ann:hunter2-of-the-state@states.example.com/infra.tfstate
tokens:
  read: [hunter2-of-the-readers]
  admin: [hunter2-of-the-operators]
`

test('I9: the configuration is answered to who may administer, with where each value is from and without a secret', async () => {
  await using folder = await temporaryFolder()
  writeFileSync(path.join(folder.path, 'vaino.yaml'), yaml)
  const loaded = loadConfig({ folder: folder.path, environment: { VAINO_STORAGE__WORKERS: '3' } })
  const { tokens } = loaded.config
  await using server = await startTestServer({ configuration: loaded, tokens })
  const ask = (token: string) => server.get('/v1/configuration', { headers: { authorization: `Bearer ${token}` } })
  const refused = await ask('hunter2-of-the-readers')
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('this needs "admin"') })
  const text = await (await ask('hunter2-of-the-operators')).text()
  expect(text).not.toContain('hunter2')
  const answer = configuration.parse(JSON.parse(text))
  expect(answer).toEqual(JSON.parse(text))
  expect(answer.file).toContain('vaino.yaml')
  expect(answer.settings).toContainEqual({ key: 'storage.workers', value: 3, from: 'VAINO_STORAGE__WORKERS' })
  expect(answer.settings).toContainEqual({
    key: 'tokens.admin',
    value: '1 hidden',
    from: expect.stringMatching(/vaino\.yaml:\d+:\d+$/),
  })
  expect(answer.settings.filter(({ from }) => from === 'default').length).toBeGreaterThan(10)
})
