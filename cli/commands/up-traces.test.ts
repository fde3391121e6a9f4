import { expect, test } from 'bun:test'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { attributesOf, OtlpReceiver, type ReceivedSpan } from '../../test/monitoring/otlp-receiver.ts'
import { startVaino, stateOf, temporaryFolder, vaino } from '../test-cli.ts'

test('with an endpoint of OpenTelemetry, scans and requests of `vaino up` arrive there as spans', async () => {
  await using folder = await temporaryFolder()
  await using receiver = await OtlpReceiver.open()
  const infra = path.join(folder.path, 'infra')
  await mkdir(infra)
  await writeFile(path.join(infra, 'app.tfstate'), stateOf({ jobs: 1 }))
  await writeFile(path.join(infra, 'cut.tfstate'), '{')
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.http.url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_SERVICE_NAME: 'infra',
  }
  await using up = startVaino(['up', '--source', 'terraform:infra', '--listen', '127.0.0.1:0'], {
    cwd: folder.path,
    env,
  })
  const url = (await up.until(/listening on (http:\S+)/))[1] ?? ''
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await fetch(`${url}/v1/scopes`, { headers: { traceparent } })

  const found = async (is: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> => {
    for (;;) {
      const span = receiver.spans.find(is)
      if (span !== undefined) return span
      await receiver.http.count(receiver.http.received.length + 1)
    }
  }
  const request = await found(({ name }) => name === 'GET /v1/scopes')
  expect(request).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' })
  const scan = await found(({ name, status }) => name === 'scan terraform' && status.code === undefined)
  expect(attributesOf(scan)).toMatchObject({
    'vaino.scope': 'terraform/infra%2Fapp.tfstate/-/state',
    'vaino.scan.resources': '1',
  })
  const failed = await found(({ name, status }) => name === 'scan terraform' && status.code === 2)
  expect(failed.status.message).toContain('ends in the middle')

  up.kill('SIGTERM')
  expect(await up.ended).toBe(0)
})

test('`vaino scan` sends the spans of its scans before it ends, and one whose collector is away ends as the scan did', async () => {
  await using folder = await temporaryFolder()
  await using receiver = await OtlpReceiver.open()
  await writeFile(path.join(folder.path, 'app.tfstate'), stateOf({ jobs: 1 }))
  await writeFile(path.join(folder.path, 'cut.tfstate'), '{')
  const scan = (source: string, endpoint: string) =>
    vaino(['scan', '--source', `terraform:${source}`, '--data-dir', `data-${source}`], {
      cwd: folder.path,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    })
  expect(await scan('app.tfstate', receiver.http.url)).toMatchObject({ code: 0 })
  expect(await scan('cut.tfstate', receiver.http.url)).toMatchObject({ code: 2 })
  expect(receiver.spans.map((span) => [span.name, attributesOf(span)['vaino.scan.outcome']])).toEqual([
    ['scan terraform', 'complete'],
    ['scan terraform', 'failed'],
  ])
  const away = await scan('app.tfstate', 'http://127.0.0.1:1')
  expect(away.code).toBe(0)
  expect(away.stderr).toContain('some spans could not be sent: ')
})
