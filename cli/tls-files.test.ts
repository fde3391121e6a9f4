import { expect, test } from 'bun:test'
import { copyFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { noTokens } from '../api/access.ts'
import { serve } from '../api/server.ts'
import { startTestServer, until } from '../api/test-server.ts'
import { root, startVaino, temporaryFolder } from './test-cli.ts'
import { readTls, watchTls } from './tls-files.ts'

// Of an authority that nobody trusts, for this machine's names; made for these tests, to the year 2126.
const certificates = path.join(root, 'cli/test-certificates')
const fileOf = (name: string, what: 'cert' | 'key') => path.join(certificates, `${name}.${what}.pem`)
const place = (folder: string, name: string) => {
  for (const what of ['key', 'cert'] as const) {
    copyFileSync(fileOf(name, what), path.join(folder, `${what}.new`))
    renameSync(path.join(folder, `${what}.new`), path.join(folder, `${what}.pem`))
  }
}
const files = { cert: 'cert.pem', key: 'key.pem' }
const insecure = { tls: { rejectUnauthorized: false } } as RequestInit

/** The name on the certificate that a new connection gets. */
const servedName = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false },
      () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      },
    )
    socket.on('error', reject)
  })

test('a renewed certificate is given to new connections, and a stream that is open goes on', async () => {
  await using folder = await temporaryFolder()
  place(folder.path, 'first')
  await using parts = await startTestServer()
  const holds = readTls(files, folder.path)
  await using server = await serve({
    app: parts.app,
    listen: { host: '127.0.0.1', port: 0 },
    tokens: noTokens,
    tls: holds,
  })
  expect(server.url).toStartWith('https://127.0.0.1:')
  const refusals: string[] = []
  let renewals = 0
  const watcher = {
    holds,
    renewed: (tls: typeof holds) => {
      renewals++
      server.renew(tls)
    },
    refused: (error: unknown) => void refusals.push(String(error)),
  }
  using _ = watchTls(files, folder.path, watcher, 20)
  expect(await servedName(server.url)).toBe('first vaino test certificate')
  const stream = await fetch(`${server.url}/v1/changes?live=sse&offset=now`, insecure)
  let text = ''
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  const reading = (async () => {
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) text += piece.value
  })()
  await until('the stream is up to date', () => text.includes('up_to_date'))
  // The key of another certificate, and no PEM: what there was goes on.
  copyFileSync(fileOf('second', 'key'), path.join(folder.path, 'key.pem'))
  await until('it is refused', () => refusals.some((refusal) => refusal.includes('not that of the certificate')))
  writeFileSync(path.join(folder.path, 'cert.pem'), 'half a file')
  await until('that is refused too', () => refusals.length === 2)
  expect(await servedName(server.url)).toBe('first vaino test certificate')
  place(folder.path, 'second')
  await until('it is renewed', () => renewals === 1)
  expect(await servedName(server.url)).toBe('second vaino test certificate')
  await parts.ingest({ kind: 'observed', scope: 'p/-/-/x', resource: { id: 'a', type: 't', provider: 'p' } })
  await until('the open stream brings what has changed', () => text.includes('"p/-/-/x/a"'))
  expect((await fetch(`${server.url}/healthz`, insecure)).status).toBe(200)
  await reader?.cancel()
  await reading
})

test('vaino up serves HTTPS, commands ask it there, and files that do not fit are refused at the start', async () => {
  await using folder = await temporaryFolder()
  place(folder.path, 'first')
  writeFileSync(path.join(folder.path, 'vaino.yaml'), 'listen: 127.0.0.1:0\ntls: {cert: cert.pem, key: key.pem}\n')
  {
    await using running = startVaino(['up'], { cwd: folder.path })
    const [, url = ''] = await running.until(/listening on (https:\S+)/)
    expect((await fetch(`${url}/readyz`, insecure)).status).toBe(200)
    await expect(fetch(`${url}/readyz`)).rejects.toThrow()
    // Nobody else gets the port, though servers share it while a certificate is renewed.
    await using second = startVaino(['up', '--listen', new URL(url).host, '--data-dir', 'other'], { cwd: folder.path })
    await second.until(/is in use by another process/)
    expect(await second.ended).toBe(2)
  }
  copyFileSync(fileOf('second', 'key'), path.join(folder.path, 'key.pem'))
  await using refused = startVaino(['up'], { cwd: folder.path })
  await refused.until(/the key is not that of the certificate/)
  expect(await refused.ended).toBe(2)
})
