import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { openGcloud } from '../../../test/gcp/gcloud.ts'
import { startStandIn } from '../../../test/gcp/stand-in.ts'
import { needs } from '../../../test/lanes.ts'

/** The words of each line of the block that makes topic, subscription and sink. */
function linesOfPage(): readonly (readonly string[])[] {
  const page = readFileSync(new URL('../../../docs/gcp.md', import.meta.url), 'utf8')
  const block = /```sh\n(gcloud pubsub topics create .*?)```/s.exec(page)?.[1] ?? ''
  return block
    .replaceAll('\\\n', ' ')
    .replace('PRINTED', 'service-org-123@gcp-sa-logging.iam.gserviceaccount.com')
    .replace('VAINO', 'vaino@acme-shop.iam.gserviceaccount.com')
    .split('\n')
    .flatMap((line) => {
      const words = line.replace(/ # .*/, '').match(/(?:'[^']*'|[^\s'])+/g) ?? []
      return words.length === 0 ? [] : [words.slice(1).map((word) => word.replaceAll("'", ''))]
    })
}

test.skipIf(needs.gcloud.found === null)(
  'the gcloud lines of docs/gcp.md make a sink of an organization whose entries vaino may pull',
  async () => {
    await using standIn = await startStandIn()
    await using gcloud = await openGcloud(standIn)
    const lines = linesOfPage()
    expect(lines).toHaveLength(5)
    for (const line of lines) await gcloud.run(line)
    const topic = 'projects/acme-shop/topics/vaino-events'
    const subscription = 'projects/acme-shop/subscriptions/vaino-events'
    expect(standIn.store.get('pubsub', topic)).toBeDefined()
    expect(standIn.store.get('pubsub', subscription)).toMatchObject({
      ...{ topic, ackDeadlineSeconds: 60, expirationPolicy: {} },
    })
    expect(standIn.store.get('logging', 'organizations/123456789012/sinks/vaino-events')).toMatchObject({
      ...{ destination: `pubsub.googleapis.com/${topic}`, includeChildren: true },
      filter: 'log_id("cloudaudit.googleapis.com/activity") AND severity<ERROR',
    })
    const calls = standIn.calls.map(({ method }) => method)
    expect(calls).toContain('pubsub.projects.topics.setIamPolicy')
    expect(calls).toContain('pubsub.projects.subscriptions.setIamPolicy')
  },
  300_000,
)
