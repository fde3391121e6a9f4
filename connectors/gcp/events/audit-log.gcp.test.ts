import { expect, test } from 'bun:test'
import { openFollower } from '../../../api/test-follower.ts'
import { until } from '../../../api/test-server.ts'
import { firewall } from '../../../test/gcp/made.ts'
import { emulatorJar, startPubsubEmulator } from '../../../test/gcp/pubsub-emulator.ts'
import { project, startStandIn } from '../../../test/gcp/stand-in.ts'
import { ServerProcess } from '../../../test/server-process.ts'

const id = `projects/${project}/global/firewalls/ssh`
const topic = `projects/${project}/topics/vaino-events`
const subscription = `projects/${project}/subscriptions/vaino-events`

/** As Cloud Logging writes one, and a sink sends it. */
const entry = (insertId: string, method: string, more: object = {}) => ({
  ...{ insertId, logName: `projects/${project}/logs/cloudaudit.googleapis.com%2Factivity` },
  timestamp: new Date().toISOString(),
  resource: { type: 'gce_firewall_rule', labels: { project_id: project } },
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    ...{ serviceName: 'compute.googleapis.com', methodName: `v1.compute.firewalls.${method}`, resourceName: id },
    authenticationInfo: { principalEmail: 'anna@example.com' },
    requestMetadata: { callerSuppliedUserAgent: 'gcloud' },
    ...more,
  },
})

test.skipIf(emulatorJar() === null)(
  'an edit in the audit log is a change within seconds, by whom, though the interval is an hour',
  async () => {
    await using standIn = await startStandIn()
    await using pubsub = await startPubsubEmulator()
    await pubsub.call('PUT', topic, {})
    await pubsub.call('PUT', subscription, { topic, ackDeadlineSeconds: 60 })
    const publish = (...entries: object[]) =>
      pubsub.call('POST', `${topic}:publish`, {
        messages: entries.map((one) => ({ data: Buffer.from(JSON.stringify(one)).toString('base64') })),
      })
    Object.assign(process.env, standIn.environment, { CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: pubsub.url })
    firewall(standIn, 'ssh', { sourceRanges: ['10.0.0.0/8'] })
    await using server = new ServerProcess({
      sources: [
        {
          ...{ kind: 'gcp', where: project, interval: '1h', endpoint: `${standIn.url}/{api}/` },
          ...{ types: { include: ['google_compute_firewall'] }, events: { subscription } },
        },
      ],
    })
    await server.start()
    const hasScanned = async () => (await (await fetch(`${server.url}/v1/resources`)).text()).includes('"name":"ssh"')
    await until('the first scan has seen the rule', hasScanned, 60_000)
    await using stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
    const rule = standIn.store.get('compute', id) ?? {}
    standIn.store.set('compute', id, { ...rule, sourceRanges: ['0.0.0.0/0'] })
    const refused = entry('refused', 'delete', { status: { code: 7, message: 'PERMISSION_DENIED' } })
    const edited = entry('edited', 'patch')
    await publish(refused, edited, edited, { hello: 'world' })
    await stream.until('the edit was seen', () => stream.changes.some(({ op }) => op === 'u'))
    const change = stream.changes.find(({ op }) => op === 'u')
    expect(change).toMatchObject({ resource: { id }, actor: { principal: 'anna@example.com', user_agent: 'gcloud' } })
    expect(change?.fields).toMatchObject([
      { path: 'configuration.sourceRanges[=0.0.0.0/0]', op: 'add' },
      { path: 'configuration.sourceRanges[=10.0.0.0/8]', op: 'remove' },
    ])
    expect(Date.parse(change?.occurred_at ?? '')).toBeLessThanOrEqual(Date.parse(change?.recorded_at ?? ''))

    standIn.store.delete('compute', id)
    await publish(entry('deleted', 'delete'))
    await stream.until('the delete was seen', () => stream.changes.some(({ op }) => op === 'd'))
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toContain('vaino_source_messages_total{outcome="taken"} 2')
    expect(metrics).toContain('vaino_source_messages_total{outcome="duplicate"} 1')
    expect(metrics).toContain('vaino_source_messages_total{outcome="not_watched"} 1')
    expect(metrics).toContain('vaino_source_messages_total{outcome="unusable"} 1')
    expect(await server.stop()).toBe(0)
  },
  120_000,
)
