import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { needs } from '../../../../test/lanes.ts'
import { toyMirror } from '../../../../test/providers/build.ts'
import { providerErrors } from '../../../../test/providers/errors.ts'
import { mostReadsAtOnce } from '../../../../test/providers/toy-cloud.ts'
import { applyToyEstate, type ToyEstate } from '../../../../test/providers/toy-estate.ts'
import { asObject, type JsonObject, parseBytes } from '../../parse-bytes.ts'
import { findBinary } from '../binary/binary.ts'
import type { Provider, ProviderOptions, Reading, StateInstance } from './provider.ts'
import { openProvider } from './reader.ts'

setDefaultTimeout(120_000)
const never = new AbortController().signal
const password = 'correct-horse-battery'

interface Applied extends StateInstance {
  readonly name: string
  readonly json: JsonObject
}

/** The instances of a provider as the real terraform wrote them. */
function instancesOf({ infra }: ToyEstate, type: string): Applied[] {
  const state = JSON.parse(readFileSync(path.join(infra, 'terraform.tfstate'), 'utf8'))
  const text = readFileSync(path.join(infra, 'terraform.tfstate'))
  const exact = asObject(parseBytes(text)) as { resources: { instances: { attributes: JsonObject }[] }[] } & JsonObject
  return state.resources.flatMap(
    (
      resource: { mode: string; type: string; name: string; provider: string; instances: Record<string, unknown>[] },
      at: number,
    ) =>
      resource.provider !== `provider["vaino.test/vaino/${type}"]`
        ? []
        : resource.instances.map((instance, index) => {
            const json = exact.resources[at]?.instances[index]?.attributes ?? {}
            return {
              ...{ address: `${resource.type}.${resource.name}`, type: resource.type, name: String(json.name), json },
              ...{ schemaVersion: Number(instance.schema_version), attributes: Buffer.from(JSON.stringify(json)) },
              ...{
                private: (instance.private as string | undefined) ?? null,
                identity: (instance.identity as JsonObject | undefined) ?? null,
              },
              identitySchemaVersion: (instance.identity_schema_version as number | undefined) ?? null,
            }
          }),
  )
}

async function open(
  estate: ToyEstate,
  type: 'toy' | 'toy5',
  options: Partial<ProviderOptions> = {},
): Promise<Provider> {
  const places = { rootModule: estate.infra, providers: [], environment: { HOME: estate.folder.path } }
  return openProvider(
    {
      binary: await findBinary(`vaino.test/vaino/${type}`, places, never),
      ...{ workingDirectory: estate.infra, configuration: { cloud: estate.cloud.folder }, env: [], concurrency: 4 },
      ...{
        readTimeoutMs: 30_000,
        startTimeoutMs: 60_000,
        redactText: (text: string) => text.replaceAll(password, '(redacted)'),
      },
      ...options,
    },
    never,
  )
}

/** Members in their order, and null where there is nothing: providers exchange the two freely. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(plain)
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value))
    return value === '' || value === 0 || value === false ? null : value
  const members = Object.entries(value).map(([name, member]) => [name, plain(member)] as const)
  return members.every(([, member]) => member === null)
    ? null
    : Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const outcome = (reading: Reading | undefined): string =>
  reading?.kind === 'unknown' ? reading.reason : (reading?.kind ?? 'none')

describe.skipIf(needs.terraform.found === null)(
  'providers in Go, on the frameworks that all providers stand on',
  () => {
    let estate: ToyEstate
    beforeAll(async () => {
      toyMirror()
      estate = await applyToyEstate(password)
    }, 900_000)
    afterAll(() => estate?.[Symbol.asyncDispose]())

    test.each(['toy', 'toy5'] as const)('%s answers with what terraform wrote into its state', async (type) => {
      estate.cloud.setFaults()
      await using provider = await open(estate, type)
      const instances = instancesOf(estate, type).filter((one) => !one.type.endsWith('_sensor'))
      expect(instances.length).toBeGreaterThan(3)
      for (const one of instances) {
        const reading = await provider.read(one, never)
        if (reading.kind !== 'present') throw new Error(`${one.address}: ${JSON.stringify(reading)}`)
        expect(JSON.stringify(plain(reading.attributes))).toBe(JSON.stringify(plain(one.json)))
        expect(reading.identity === null).toBe(!one.type.endsWith('_bucket'))
      }
    })

    test('a number of thirty digits and a value of any type come through whole', async () => {
      await using provider = await open(estate, 'toy')
      const typed = instancesOf(estate, 'toy').find(({ address }) => address === 'toy_document.typed')
      const reading = await provider.read(typed as Applied, never)
      const text = JSON.stringify(reading)
      expect(text).toContain('"serial":123456789012345678901234567890')
      expect(text).toContain('"content":{"value":{"items":[1,"two",{"three":null}]')
    })

    test('what goes wrong at one instance is known of that one, whatever it is', async () => {
      const servers = instancesOf(estate, 'toy').filter(({ type }) => type === 'toy_server')
      const detail = 'a'.repeat(500)
      const expected: Record<string, string> = { 'web-0': 'timed_out', 'web-1': 'crashed', bare: 'warning' }
      estate.cloud.setFaults(
        { operation: 'read', type: 'toy_server', name: 'web-0', action: 'hang_hard' },
        { operation: 'read', type: 'toy_server', name: 'web-1', action: 'panic', summary: `lost ${password}` },
        {
          operation: 'read',
          type: 'toy_server',
          name: 'bare',
          action: 'warning',
          summary: `Resource deleted ${password}`,
          detail,
        },
        { operation: 'read', type: 'toy_secret', action: 'null' },
      )
      await using provider = await open(estate, 'toy', { readTimeoutMs: 4000 })
      const others = instancesOf(estate, 'toy').filter(({ type }) => type !== 'toy_server')
      const readings = await Promise.all(
        [...servers, ...others].map(async (one) => [one, await provider.read(one, never)] as const),
      )
      for (const [one, reading] of readings) {
        const want =
          (one.type === 'toy_server' ? expected[one.name] : null) ?? (one.type === 'toy_secret' ? 'absent' : 'present')
        expect([one.address, outcome(reading)]).toEqual([one.address, want])
        if (reading.kind !== 'unknown') continue
        const same = (text: string) => text
        expect(reading.detail.shown(same, same).length).toBeLessThanOrEqual(120)
      }
      const crashed = readings.find(([, reading]) => outcome(reading) === 'crashed')?.[1]
      expect(crashed).toMatchObject({
        detail: { clear: expect.stringMatching(/by a panic in [\w./()*-]+ when it read this instance alone$/) },
      })
    })

    test.each(
      Object.entries(providerErrors).flatMap(([kind, errors]) =>
        Object.entries(errors).map(([cloud, error]) => [kind, cloud, error] as const),
      ),
    )('an error of the kind %s in the words of %s is recognised', async (kind, _cloud, error) => {
      estate.cloud.setFaults({ operation: 'read', type: 'toy_device', ...error })
      await using provider = await open(estate, 'toy')
      const device = instancesOf(estate, 'toy').find(({ type }) => type === 'toy_device')
      const reading = await provider.read(device as Applied, never)
      expect(outcome(reading)).toBe(kind === 'expired' ? 'denied' : kind)
    })

    test('a configuration that the provider refuses or does not know is said, without its secrets', async () => {
      estate.cloud.setFaults({ operation: 'configure', action: 'error', summary: `Bad token ${password}` })
      const configured = open(estate, 'toy', { configuration: { cloud: estate.cloud.folder, token: password } })
      expect(configured).rejects.toMatchObject({
        reason: 'not_configured',
        message: expect.stringContaining('Bad token'),
      })
      expect(String(await configured.catch((error) => error))).not.toContain(password)
      estate.cloud.setFaults()
      expect(open(estate, 'toy', { configuration: { claud: 'x' } })).rejects.toThrow(
        'claud is nothing that the provider knows; cloud is meant?',
      )
      expect(open(estate, 'toy', { configuration: { cloud: ['x'] } })).rejects.toThrow('cloud must be a text')
      estate.cloud.setFaults({ operation: 'configure', action: 'hang_hard' })
      expect(open(estate, 'toy', { startTimeoutMs: 3000 })).rejects.toMatchObject({ reason: 'timed_out' })
      await open(estate, 'toy', { startTimeoutMs: 3000 }).catch(() => {})
    })

    test('a provider that ends once, in the middle of a pass, costs nothing', async () => {
      estate.cloud.setFaults({ operation: 'read', type: 'toy_document', action: 'exit', times: 1 })
      await using provider = await open(estate, 'toy')
      const readings = await Promise.all(instancesOf(estate, 'toy').map((one) => provider.read(one, never)))
      expect(new Set(readings.map(outcome))).toEqual(new Set(['present']))
    })

    test('the provider is asked for no more at once than it may be', async () => {
      estate.cloud.setFaults({ operation: 'read', action: 'slow', milliseconds: 100 })
      estate.cloud.forgetCalls()
      await using provider = await open(estate, 'toy', { concurrency: 3 })
      const instances = instancesOf(estate, 'toy')
      await Promise.all([...instances, ...instances].map((one) => provider.read(one, never)))
      expect(mostReadsAtOnce(estate.cloud.calls())).toBe(3)
    })
  },
)
