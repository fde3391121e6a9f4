import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { needs } from '../lanes.ts'
import { project, type StandIn } from './stand-in.ts'

const execute = promisify(execFile)
/** Of one command: starting alone takes gcloud some seconds of a busy machine. */
const longestMs = 90_000

/** What gcloud puts in front of the paths of the APIs that it doesn't call by their host alone. */
const bases: Readonly<Record<string, string>> = {
  bigquery: 'bigquery/v2/',
  compute: 'compute/v1/',
  dns: 'dns/v1/',
  storage: 'storage/v1/',
}
const apis = [
  ...Object.keys(bases),
  'cloudkms',
  'cloudresourcemanager',
  'iam',
  'logging',
  'pubsub',
  'secretmanager',
  'sqladmin',
]

/** The real gcloud, that speaks to a stand-in and to nothing else. */
export async function openGcloud({
  url,
}: StandIn): Promise<AsyncDisposable & { run(command: string | readonly string[]): Promise<void> }> {
  const program = needs.gcloud.found
  if (program === null) throw new Error(needs.gcloud.hint)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'vaino-gcloud-'))
  const token = path.join(folder, 'token')
  await writeFile(token, 'stand-in')
  const endpoints = apis.map((api) => {
    const name = (api === 'sqladmin' ? 'sql' : api).toUpperCase()
    return [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${name}`, `${url}/${api}/${bases[api] ?? ''}`]
  })
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, CLOUDSDK_CONFIG: folder, CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token },
    ...{
      CLOUDSDK_CORE_PROJECT: project,
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
    },
    ...{ CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true', CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true' },
    ...Object.fromEntries(endpoints),
  }
  return {
    async run(command) {
      await execute(program, typeof command === 'string' ? command.split(' ') : command, { env, timeout: longestMs })
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
