import { findClouds } from '../../pipeline/sources/find-clouds.ts'
import { type FoundTerraform, findTerraform } from '../../pipeline/sources/find-terraform.ts'
import { printable } from '../terminal/terminal.ts'
import { counted } from '../terminal/words.ts'

/** What can be watched and belongs together: one question, and one more for each of its sources where there are several. */
export interface Offer {
  /** Behind "Watch ". */
  readonly what: string
  readonly sources: readonly string[]
  readonly byDefault: boolean
}

export interface Found {
  readonly offers: readonly Offer[]
  /** What was found, or could not be looked for, a line each. */
  readonly said: readonly string[]
  /** Whether providers are here, with which the real things behind states can be read. */
  readonly hasProviders: boolean
}

/** Backends that are named; more are counted. */
const maxNamed = 50

/** Looks below this folder and where the clouds' own tools keep their settings. Reads no secret and asks no network. */
export async function lookAround(folder: string, env: NodeJS.ProcessEnv): Promise<Found> {
  const terraform = await findTerraform(folder)
  const clouds = await findClouds(env)
  const byKind = Map.groupBy(clouds.sources, (source) => source.slice(0, source.indexOf(':')))
  const ofClouds = [...byKind].map(([kind, sources]): Offer => {
    const names = sources.map((source) => printable(source.slice(kind.length + 1)))
    return { what: `${titles[kind] ?? kind}: ${names.join(', ')}`, sources, byDefault: false }
  })
  return {
    offers: [...offersOf(terraform), ...ofClouds],
    said: [...saidOf(terraform), ...clouds.said],
    hasProviders: terraform.providers.length > 0,
  }
}

const titles: Readonly<Record<string, string>> = { aws: 'AWS', gcp: 'Google Cloud', kubernetes: 'Kubernetes' }

const moduleOf = (folder: string): string => (folder === '.' ? 'this folder' : printable(`./${folder}`))

function offersOf({ states, backends }: FoundTerraform): Offer[] {
  const ofFiles: Offer[] =
    states === null ? [] : [{ what: statesIn(states), sources: [`terraform:${states.folder}`], byDefault: true }]
  const readable = backends.filter(({ source }) => source !== '')
  const ofBackends = [...Map.groupBy(readable, ({ type }) => type)].map(([type, all]): Offer => {
    const sources = [...new Set(all.map(({ source }) => source))].slice(0, maxNamed)
    const [only = ''] = sources
    const what = sources.length === 1 ? printable(only) : `${sources.length} states in ${type}`
    return { what, sources, byDefault: false }
  })
  return [...ofFiles, ...ofBackends]
}

const statesIn = ({ count, folder }: NonNullable<FoundTerraform['states']>): string =>
  `${counted(count, 'Terraform state')} below ${printable(folder)}`

function saidOf({ states, backends, providers, isWhole }: FoundTerraform): string[] {
  const ofBackends = backends.slice(0, maxNamed).map(({ folder, type, source }) => {
    const state = source === '' ? pull(type) : `, which is read by ${printable(source)}`
    return `found a backend ${type} in ${moduleOf(folder)}${state}`
  })
  const more = backends.length - ofBackends.length
  return [
    ...(states === null ? [] : [`found ${statesIn(states)}`]),
    ...ofBackends,
    ...(more > 0 ? [`and ${counted(more, 'more backend')}`] : []),
    ...(providers.length === 0 ? [] : [`found providers: ${providers.map(printable).join(', ')}`]),
    ...(isWhole ? [] : ['there is more below this folder than was looked at']),
  ]
}

/** A type that a source reads, but whose block doesn't say all of it, has its values elsewhere. */
const pull = (type: string): string =>
  ['s3', 'gcs', 'azurerm', 'cloud', 'remote', 'http'].includes(type)
    ? '. Its block does not say where: after `terraform init` there it is known (docs/terraform.md says how to name it)'
    : '. No source reads it: `terraform state pull > FILE.tfstate`, from cron, writes a file that one reads'
