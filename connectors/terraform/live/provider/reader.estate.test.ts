import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Json } from '../../../../model/resource.ts'
import { awsVariables, Estate } from '../../../../test/estate/estate.ts'
import { asObject, type JsonObject, own, parseBytes } from '../../parse-bytes.ts'
import { findBinary } from '../binary/binary.ts'
import type { Reading, StateInstance } from './provider.ts'
import { openProvider } from './reader.ts'

const never = new AbortController().signal
const address = 'registry.terraform.io/hashicorp/aws'

let estate: Estate
beforeAll(async () => {
  estate = await Estate.apply()
}, 600_000)
afterAll(() => estate[Symbol.asyncDispose]())

interface Applied extends StateInstance {
  readonly configuration: string
  readonly json: JsonObject
}

function objects(value: Json | undefined): JsonObject[] {
  const all = Array.isArray(value) ? value.map((one) => asObject(one)) : []
  return all.filter((one) => one !== null)
}

function instancesOf(infra: string): Applied[] {
  const state = asObject(parseBytes(readFileSync(path.join(infra, 'terraform.tfstate'))))
  return objects(own(state ?? {}, 'resources'))
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, provider, instances }) =>
      objects(instances).map((instance) => {
        const json = asObject(instance.attributes) ?? {}
        return {
          ...{
            address: `${type}.${name}[${instance.index_key ?? ''}]`,
            type: String(type),
            configuration: String(provider),
            json,
          },
          ...{ schemaVersion: Number(instance.schema_version), attributes: Buffer.from(JSON.stringify(json)) },
          ...{
            private: typeof instance.private === 'string' ? instance.private : null,
            identity: null,
            identitySchemaVersion: null,
          },
        }
      }),
    )
}

/** Names in order, and the elements of sets, which terraform orders in its own way. */
function ordered(value: Json, sets: readonly string[], at = ''): Json {
  if (Array.isArray(value)) {
    const elements = value.map((one) => ordered(one, sets, at))
    return sets.includes(at) ? elements.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : elements
  }
  const object = asObject(value)
  if (object === null) return value
  const members = Object.entries(object).map(
    ([name, one]) => [name, ordered(one, sets, at === '' ? name : `${at}.${name}`)] as const,
  )
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** As the root module has them; see test/estate/terraform/providers.tf. */
const defaultTags: Readonly<Record<string, JsonObject | null>> = {
  '': { company: 'lumikki', stack: 'estate' },
  us: { company: 'lumikki', replica: 'yes' },
  plain: null,
}

interface Read {
  readonly instance: Applied
  readonly reading: Reading
  readonly sets: readonly string[]
}

async function readAll(infra: string, endpoint: string): Promise<Read[]> {
  const binary = await findBinary(address, { rootModule: infra, providers: [], environment: {} }, never)
  Object.assign(process.env, awsVariables(endpoint))
  const readings: Read[] = []
  const instances = instancesOf(infra)
  for (const configuration of new Set(instances.map((one) => one.configuration))) {
    const alias = /\.(\w+)$/.exec(configuration)?.[1] ?? ''
    const tags = defaultTags[alias] ?? null
    await using provider = await openProvider(
      {
        ...{ binary, workingDirectory: infra, env: [], concurrency: 8, readTimeoutMs: 60_000, startTimeoutMs: 60_000 },
        configuration: {
          ...{
            region: alias === 'us' ? 'us-east-1' : 'eu-west-1',
            s3_use_path_style: true,
            skip_credentials_validation: true,
          },
          ...(tags === null ? {} : { default_tags: { tags } }),
        },
        redactText: (text) => text,
      },
      never,
    )
    const read = async (one: Applied): Promise<Read> => ({
      instance: one,
      reading: await provider.read(one, never),
      sets: (await provider.schemaOf(one.type, never)).sets,
    })
    readings.push(...(await Promise.all(instances.filter((one) => one.configuration === configuration).map(read))))
  }
  return readings
}

test('every instance of the estate is read as terraform itself writes it after a refresh', async () => {
  await using copy = await estate.copy()
  await copy.terraform.apply('-refresh-only')
  const began = performance.now()
  const cpu = process.cpuUsage()
  const readings = await readAll(copy.infra, copy.endpoint)
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    `${readings.length} read in ${Math.round(performance.now() - began)} ms, ${(user + system) / 1000} ms of our CPU, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`,
  )
  expect(readings.length).toBeGreaterThan(150)
  const others = readings.filter(({ reading }) => reading.kind !== 'present')
  expect(others.map(({ instance, reading }) => [instance.address, reading])).toEqual([])
  const different = readings.flatMap(({ instance, reading, sets }) => {
    const found = asObject(ordered(reading.kind === 'present' ? reading.attributes : null, sets)) ?? {}
    const wanted = asObject(ordered(instance.json, sets)) ?? {}
    return Object.keys({ ...found, ...wanted })
      .filter((name) => JSON.stringify(own(found, name)) !== JSON.stringify(own(wanted, name)))
      .map((name) => `${instance.type}.${name}`)
  })
  // What moves by itself between two readings.
  expect(different.filter((name) => name !== 'aws_db_instance.latest_restorable_time')).toEqual([])
}, 600_000)
