import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { needs } from '../lanes.ts'
import { applyToyEstate } from './toy-estate.ts'

describe.skipIf(needs.terraform.found === null)('providers of our own, under the real terraform', () => {
  test('an estate of both protocols is applied, and a refresh finds only what moves by itself', async () => {
    await using estate = await applyToyEstate('toy-secret')
    expect([...(await estate.terraform.refreshedDrift())]).toEqual([
      ['toy_sensor.heat["cellar/1"]', ['last_seen', 'sample']],
      ['toy_sensor.heat["hall"]', ['last_seen', 'sample']],
    ])
    const state = readFileSync(path.join(estate.infra, 'terraform.tfstate'), 'utf8')
    expect(state).toContain('123456789012345678901234567890')
    expect(readFileSync(path.join(estate.infra, '.terraform.lock.hcl'), 'utf8')).toContain('h1:')
  })

  test('what is edited and deleted in the cloud is what a refresh finds', async () => {
    await using estate = await applyToyEstate('toy-secret')
    estate.cloud.edit('toy_server', 'web-1', { tags: { team: 'web' }, groups: ['a', 'z'] })
    estate.cloud.edit('toy5_queue', 'jobs', { delay: 6 })
    estate.cloud.remove('toy_device', 'scale')
    estate.otherCloud.edit('toy_server', 'web-0', { image: 'alpine-4' })
    const drift = await estate.terraform.refreshedDrift()
    expect(drift.get('toy_server.web[1]')).toEqual(['groups', 'tags'])
    expect(drift.get('toy5_queue.jobs')).toEqual(['delay'])
    expect(drift.get('toy_device.scale')).toBe('deleted')
    expect(drift.get('toy_server.other')).toEqual(['image'])
    expect(drift.size).toBe(4 + 2)
  })

  test('a fault applies as often as it says, whatever process asks, and calls are recorded', async () => {
    await using estate = await applyToyEstate('toy-secret')
    estate.cloud.forgetCalls()
    estate.cloud.setFaults({ operation: 'read', type: 'toy_device', action: 'error', summary: 'Not now', times: 1 })
    await expect(estate.terraform.refreshedDrift()).rejects.toThrow('Not now')
    expect((await estate.terraform.refreshedDrift()).size).toBe(2)
    estate.cloud.setFaults({
      operation: 'read',
      type: 'toy_server',
      name: 'bare',
      action: 'panic',
      summary: 'of our own',
    })
    await expect(estate.terraform.refreshedDrift()).rejects.toThrow('panic: of our own')
    const reads = estate.cloud.calls().filter(({ type, phase }) => type === 'toy_device' && phase === 'begin')
    expect(reads.length).toBeGreaterThanOrEqual(2)
    expect(estate.cloud.calls().every(({ operation }) => ['configure', 'read'].includes(operation))).toBe(true)
  })
})
