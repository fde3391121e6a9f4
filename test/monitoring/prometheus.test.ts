import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stateOf } from '../../cli/test-cli.ts'
import { needs } from '../lanes.ts'
import { ServerProcess } from '../server-process.ts'
import { startPrometheus } from './running-prometheus.ts'

const source = (folder: string) => ({
  sources: [{ kind: 'terraform', where: path.join(folder, 'infra'), interval: '1s' }],
})

test.skipIf(needs.prometheus.found === null)(
  'in a real Prometheus the rules fire when vaino is in trouble, and resolve when it is over',
  async () => {
    await using server = new ServerProcess()
    const state = path.join(server.folder, 'infra/app.tfstate')
    mkdirSync(path.dirname(state))
    writeFileSync(state, stateOf({ jobs: 1 }))
    server.configure(source(server.folder))
    await server.start()
    const { host } = new URL(server.url)
    server.configure({ ...source(server.folder), listen: host })
    await using prometheus = await startPrometheus(host)
    await prometheus.untilFiring()

    const answer = await fetch(`${server.url}/v1/ingest`, { method: 'POST', body: '{"kind":"unheard of"}\n' })
    expect(await answer.json()).toMatchObject({ dead_letters: 1 })
    await prometheus.untilFiring('VainoDeadLetters')
    await prometheus.untilFiring()

    writeFileSync(state, '{"version": 4, "serial"')
    await prometheus.untilFiring('VainoScopeFailing')
    writeFileSync(state, stateOf({ jobs: 2 }, 2))
    await prometheus.untilFiring()

    await server.kill()
    await prometheus.untilFiring('VainoDown')
    await server.start()
    await prometheus.untilFiring()
  },
  200_000,
)
