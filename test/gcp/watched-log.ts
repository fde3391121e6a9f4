import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { until } from '../../api/test-server.ts'
import { ServerProcess } from '../server-process.ts'
import { firewall } from './made.ts'
import { startPubsubEmulator } from './pubsub-emulator.ts'
import { project, startStandIn } from './stand-in.ts'

export const id = `projects/${project}/global/firewalls/ssh`
const topic = `projects/${project}/topics/vaino-events`
const subscription = `projects/${project}/subscriptions/vaino-events`

/** As Cloud Logging writes one, and a sink sends it. */
export const entry = (insertId: string, method: string, more: object = {}) => ({
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

/** A server that watches firewall rules every hour, and a subscription, in which the audit log's entries come. */
export async function watchedLog(nodeOf = (config: object) => new ServerProcess(config)) {
  const stack = new AsyncDisposableStack()
  const standIn = stack.use(await startStandIn())
  const pubsub = stack.use(await startPubsubEmulator())
  await pubsub.call('PUT', topic, {})
  await pubsub.call('PUT', subscription, { topic, ackDeadlineSeconds: 10 })
  const between = stack.use(countingProxy(pubsub.url))
  Object.assign(process.env, standIn.environment, { CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: between.url })
  firewall(standIn, 'ssh', { sourceRanges: ['10.0.0.0/8'] })
  const source = {
    kind: 'gcp',
    where: project,
    interval: '1h',
    endpoint: `${standIn.url}/{api}/`,
    events: { subscription },
  }
  const vaino = stack.use(nodeOf({ sources: [{ ...source, types: { include: ['google_compute_firewall'] } }] }))
  await vaino.start()
  const hasScanned = async () => (await (await fetch(`${vaino.url}/v1/resources`)).text()).includes('"name":"ssh"')
  await until('the first scan has seen the rule', hasScanned, 60_000)
  return {
    ...{ standIn, vaino },
    publish: (...entries: object[]) =>
      pubsub.call('POST', `${topic}:publish`, {
        messages: entries.map((one) => ({ data: Buffer.from(JSON.stringify(one)).toString('base64') })),
      }),
    open: () => {
      const rule = standIn.store.get('compute', id) ?? {}
      standIn.store.set('compute', id, { ...rule, sourceRanges: ['0.0.0.0/0'] })
    },
    called: (method: string) => standIn.calls.filter((call) => call.method === `compute.firewalls.${method}`).length,
    acknowledged: () => between.acknowledged(),
    metrics: async () => (await fetch(`${vaino.url}/metrics`)).text(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The change that {@link watchedLog} makes with `open`. */
export const edit = {
  resource: { id },
  actor: { principal: 'anna@example.com', user_agent: 'gcloud' },
  fields: [
    { path: 'configuration.sourceRanges[=0.0.0.0/0]', op: 'add' },
    { path: 'configuration.sourceRanges[=10.0.0.0/8]', op: 'remove' },
  ],
}

/** Passes calls on to Pub/Sub, and counts the messages that are acknowledged. */
function countingProxy(to: string) {
  let acknowledged = 0
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const { method = 'GET', url = '/', headers } = request
    try {
      const answer = await fetch(new URL(url, to), {
        method,
        headers: { 'content-type': headers['content-type'] ?? 'application/json' },
        ...(body === '' ? {} : { body }),
      })
      if (answer.ok && url.endsWith(':acknowledge')) acknowledged += JSON.parse(body).ackIds.length
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
    } catch (error) {
      response.writeHead(502).end(String(error))
    }
  })
  const { port } = server.listen(0, '127.0.0.1').address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    acknowledged: () => acknowledged,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
