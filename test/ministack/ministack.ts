import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { until } from '../../api/test-server.ts'
import { BackgroundProcess } from '../background-process.ts'
import type { AwsEndpoint } from '../estate/moto.ts'
import { freePorts } from '../kafka/cluster.ts'
import { needs } from '../lanes.ts'

/** A second server that plays AWS, written by others than moto. Its account is 000000000000, or the access key where that has 12 digits. */
export interface Ministack extends AwsEndpoint {
  /** Services that it plays, by the prefixes of their endpoints. */
  services(): Promise<ReadonlySet<string>>
  /** What `account:ListRegions` answers: the regions that are enabled, by themselves (`ENABLED_BY_DEFAULT`) or by the account's owner. */
  regions(): Promise<readonly { readonly RegionName: string; readonly RegionOptStatus: string }[]>
}

const listed = z.object({ Regions: z.array(z.object({ RegionName: z.string(), RegionOptStatus: z.string() })) })
/** By the name of the service in its signature a request finds its way. */
const toAccounts = { authorization: 'AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/account/aws4_request' }
const health = z.object({ services: z.record(z.string(), z.string()) })

/** Starts ministack on loopback. It writes down which calls were made, as CloudTrail does. */
export async function startMinistack(): Promise<Ministack> {
  const { found } = needs.ministack
  if (found === null) throw new Error(`no ministack: ${needs.ministack.hint}`)
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-ministack-'))
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const running = new BackgroundProcess(found, path.join(folder, 'log'))
  running.start([], {
    ...process.env,
    // By itself it listens on every address.
    ...{ BIND_HOST: '127.0.0.1', MINISTACK_HOST: '127.0.0.1', GATEWAY_PORT: String(port) },
    ...{ CLOUDTRAIL_RECORDING: '1', PERSIST_STATE: '0', LOG_LEVEL: 'WARNING' },
  })
  const ask = () => fetch(`${url}/_ministack/health`)
  const isUp = () =>
    ask().then(
      ({ ok }) => ok,
      () => false,
    )
  await until(
    'ministack answers',
    () => {
      if (!running.isRunning) throw new Error(`ministack has ended: ${running.log}`)
      return isUp()
    },
    60_000,
  )
  return {
    url,
    services: async () => new Set(Object.keys(health.parse(await (await ask()).json()).services)),
    async regions() {
      const answer = await fetch(`${url}/listRegions`, { method: 'POST', headers: toAccounts, body: '{}' })
      return listed.parse(await answer.json()).Regions
    },
    async [Symbol.asyncDispose]() {
      await running.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
