import { expect, test } from 'bun:test'
import { openFollower } from '../../../api/test-follower.ts'
import { until } from '../../../api/test-server.ts'
import { emulatorJar } from '../../../test/gcp/pubsub-emulator.ts'
import { edit, entry, id, watchedLog } from '../../../test/gcp/watched-log.ts'

test.skipIf(emulatorJar() === null)(
  'an edit in the audit log is a change within seconds, by whom, and only what it names is read, though the interval is an hour',
  async () => {
    await using at = await watchedLog()
    const { standIn, vaino, publish, called } = at
    await using stream = await openFollower(`${vaino.url}/v1/changes?live=sse&offset=-1`)
    const lists = called('list')
    at.open()
    const refused = entry('refused', 'delete', { status: { code: 7, message: 'PERMISSION_DENIED' } })
    const edited = entry('edited', 'patch')
    const forged = entry('forged', 'patch', { resourceName: 'projects/other/global/firewalls/ssh' })
    await publish(refused, edited, edited, { hello: 'world' })
    await stream.until('the edit was seen', () => stream.changes.some(({ op }) => op === 'u'))
    const change = stream.changes.find(({ op }) => op === 'u')
    expect(change).toMatchObject(edit)
    expect(Date.parse(change?.occurred_at ?? '')).toBeLessThanOrEqual(Date.parse(change?.recorded_at ?? ''))
    expect([called('list'), called('get')]).toEqual([lists, 1])

    standIn.store.delete('compute', id)
    await publish(entry('deleted', 'delete'))
    await stream.until('the delete was seen', () => stream.changes.some(({ op }) => op === 'd'))
    expect(stream.changes.at(-1)).toMatchObject({ op: 'd', reason: 'source', actor: { principal: 'anna@example.com' } })
    expect([called('list'), called('get')]).toEqual([lists, 2])

    // What names another project's things asks nobody for them: the scope is listed.
    await publish(forged)
    await until('the scope was listed', () => called('list') > lists, 20_000)
    expect(standIn.calls.filter(({ path }) => path.includes('projects/other'))).toEqual([])
    const metrics = await at.metrics()
    expect(metrics).toContain('vaino_source_messages_total{outcome="taken"} 3')
    expect(metrics).toContain('vaino_source_messages_total{outcome="duplicate"} 1')
    expect(metrics).toContain('vaino_source_messages_total{outcome="not_watched"} 1')
    expect(metrics).toContain('vaino_source_messages_total{outcome="unusable"} 1')
    expect(await vaino.stop()).toBe(0)
  },
  120_000,
)

test.skipIf(emulatorJar() === null)(
  'I1: an event that is looked at when vaino is killed comes again, and is one change, by whom',
  async () => {
    await using at = await watchedLog()
    const { standIn, vaino, publish } = at
    at.open()
    // The answer never comes.
    const asked = Promise.withResolvers<void>()
    standIn.settings = {
      interfere: ({ method }) => {
        if (method === 'compute.firewalls.get') asked.resolve()
        return method === 'compute.firewalls.get'
      },
    }
    await publish(entry('edited', 'patch'))
    await asked.promise
    await vaino.kill()
    // The first scan lasts until the message has come again.
    const release = Promise.withResolvers<void>()
    let isReleased = false
    standIn.settings = {
      interfere: ({ method }, answer) => {
        if (method !== 'compute.firewalls.list' || isReleased) return false
        release.promise.then(() => answer.writeHead(503).end(), console.error)
        return true
      },
    }
    await vaino.start()
    await until(
      'the message has come again',
      async () => /messages_total\{outcome="taken"\} 1/.test(await at.metrics()),
      60_000,
    )
    isReleased = true
    release.resolve()
    await using stream = await openFollower(`${vaino.url}/v1/changes?live=sse`)
    await stream.until('the edit was seen', () => stream.changes.some(({ op }) => op === 'u'))
    expect(stream.changes.filter(({ op }) => op !== 'r')).toMatchObject([edit])
    expect(await vaino.stop()).toBe(0)
  },
  120_000,
)
