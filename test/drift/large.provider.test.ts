import { describe, expect, test } from 'bun:test'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { needs } from '../lanes.ts'
import { mostReadsAtOnce } from '../providers/toy-cloud.ts'
import { applyToyEstate } from '../providers/toy-estate.ts'
import { Plants } from '../secrets/planted.ts'
import { runDrift } from './drift-run.ts'
import { toyConfigurations, toyDrift } from './toy-drift.ts'

describe.skipIf(needs.terraform.found === null)('drift of estates of our own providers', () => {
  test('2,000 instances are read side by side, within concurrency and 200 MiB', async () => {
    await using estate = await applyToyEstate('large')
    const file = path.join(estate.infra, 'terraform.tfstate')
    const state = JSON.parse(readFileSync(file, 'utf8'))
    const web = state.resources.find(({ name }: { name: string }) => name === 'web')
    const [{ attributes }] = web.instances
    const numbers = Array.from({ length: 2000 }, (_, n) => n)
    const many = numbers.map((n) => ({ ...attributes, name: `many-${n}`, id: `many-${n}` }))
    for (const each of many) estate.cloud.write('toy_server', each.name, each)
    web.instances = many.map((each, n) => ({ schema_version: 0, index_key: n, attributes: each }))
    state.resources = [web]
    writeFileSync(file, JSON.stringify(state))
    estate.cloud.edit('toy_server', 'many-1999', { image: 'debian-14' })
    estate.cloud.remove('toy_server', 'many-7')
    estate.cloud.forgetCalls()
    const { items, coverage, peakBytes } = await toyDrift(estate, { concurrency: 6 })
    expect(items.map(({ address, status }) => [address, status]).sort()).toEqual([
      ['toy_server.web[1999]', 'changed'],
      ['toy_server.web[7]', 'missing'],
    ])
    expect(coverage.in_sync).toBe(1998)
    const most = mostReadsAtOnce(estate.cloud.calls())
    expect(most).toBeLessThanOrEqual(6)
    // A read takes well below a millisecond here, so that six are seldom seen at once; one after another it would be 1.
    expect(most).toBeGreaterThan(1)
    // 167 to 168 MiB measured. With AWS's provider, whose reads take longer, 2,041 instances take 136.
    expect(peakBytes / 2 ** 20).toBeLessThan(200)
  })

  test('two states of one provider are read each with its own cloud', async () => {
    await using estate = await applyToyEstate('two')
    const both = path.join(estate.folder.path, 'both')
    mkdirSync(both)
    for (const name of ['north', 'south']) cpSync(estate.infra, path.join(both, name), { recursive: true })
    estate.cloud.edit('toy_device', 'scale', { mode: 'lb' })
    estate.otherCloud.remove('toy_server', 'web-0')
    const { items, coverage } = await runDrift(both, {}, { configurations: toyConfigurations(estate) })
    expect(coverage.managed).toBe(30)
    // The only instance of its configuration.
    expect(items.map(({ address, status }) => `${address} ${status}`).sort()).toEqual(
      ['toy_device.scale changed', 'toy_server.other missing'].flatMap((line) => [line, line]),
    )
  })

  test('what is secret in answers, diagnostics, stderr, states and configuration is printed nowhere', async () => {
    const plants = new Plants()
    const password = plants.word('the password of the estate')
    await using estate = await applyToyEstate(password)
    const { cloud } = estate
    cloud.edit('toy_server', 'web-0', { password: plants.word('another password in an answer') })
    cloud.edit('toy_secret', 'token', {
      address: `postgres://app:${plants.word('a password in a URL')}@db.internal/app`,
    })
    const detail = `password=${plants.word('a password in a diagnostic')} and ${password}`
    cloud.setFaults(
      { operation: 'read', type: 'toy_server', name: 'web-1', action: 'error', summary: `No: ${password}`, detail },
      { operation: 'read', type: 'toy_secret', action: 'warning', summary: `Deleted ${password}`, detail },
      { operation: 'read', type: 'toy5_queue', name: 'jobs', action: 'panic', summary: `lost ${password}` },
      { operation: 'read', type: 'toy_sensor', action: 'slow', stderr: `${plants.word('stderr')} ${password}` },
    )
    const token = plants.word('the provider configuration')
    const configurations = Object.fromEntries(
      Object.entries(toyConfigurations(estate)).map(([name, given]) => [name, { ...given, token }]),
    )
    const { items, stdout, stderr } = await runDrift(estate.infra, {}, { configurations })
    expect(Object.fromEntries(items.map(({ address, status }) => [address, status]))).toEqual({
      'toy_server.web[0]': 'changed',
      'toy_server.web[1]': 'unknown',
      'toy_secret.token': 'unknown',
      'toy5_queue.jobs': 'unknown',
    })
    expect(plants.foundIn(Buffer.from(stdout + stderr))).toEqual([])
  })
})
