import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { contextNames } from '../../connectors/kubernetes/access/kubeconfig.ts'
import { messageOf } from '../../model/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Sources of one kind that are suggested; more are counted. */
const maxSuggested = 50
/** Bytes of the longest configuration of AWS or gcloud that is read. */
const maxFileBytes = 1024 * 1024

interface FoundClouds {
  /** As `KIND:WHERE`, for what the tools of this user know. */
  readonly sources: readonly string[]
  /** What was found, or could not be read, a line each. */
  readonly said: readonly string[]
}

/**
 * Looks for AWS profiles, contexts of the kubeconfig and gcloud's active project. Reads names alone, never a key, and asks
 * no network. A file that is there and can't be read is said to be so.
 */
export async function findClouds(env: Environment): Promise<FoundClouds> {
  const home = env.HOME ?? homedir()
  const sources: string[] = []
  const said: string[] = []
  const look = async (kind: string, what: string, names: () => Promise<readonly string[]> | readonly string[]) => {
    try {
      const all = await names()
      const shown = all.slice(0, maxSuggested)
      if (shown.length === 0) return
      sources.push(...shown.map((name) => `${kind}:${name}`))
      const more = all.length > shown.length ? ` and ${all.length - shown.length} more` : ''
      said.push(`found ${what}: ${shown.map(oneLine).join(', ')}${more}`)
    } catch (error) {
      said.push(`could not look for ${what}: ${messageOf(error)}`)
    }
  }
  await look('aws', 'AWS profiles', () => awsProfiles(env.AWS_CONFIG_FILE ?? path.join(home, '.aws/config')))
  await look('kubernetes', 'Kubernetes contexts', () => kubernetesContexts(env, home))
  await look('gcp', "gcloud's active project", () => gcloudProject(env, home))
  return { sources, said }
}

/** A name without what would break a line of a terminal. */
const oneLine = (name: string): string => name.replace(/\p{Cc}/gu, ' ')

/** The lines of a file; none where it is not there. @throws Error where it can't be read, or is too long */
function linesOf(file: string): readonly string[] {
  if (!existsSync(file)) return []
  if (statSync(file).size > maxFileBytes) throw new Error(`${file} has more than ${maxFileBytes} bytes`)
  return readFileSync(file, 'utf8').split(/\r?\n/)
}

/** Only headers of sections are looked at: `[default]` and `[profile NAME]`. */
function awsProfiles(file: string): readonly string[] {
  const names = linesOf(file).flatMap(
    (line) => /^\s*\[\s*(?:profile\s+(.+?)|(default))\s*\]/.exec(line)?.slice(1) ?? [],
  )
  return [...new Set(names.filter((name) => name !== undefined))]
}

async function kubernetesContexts(env: Environment, home: string): Promise<readonly string[]> {
  const isNamed = (env.KUBECONFIG ?? '') !== ''
  return isNamed || existsSync(path.join(home, '.kube/config')) ? contextNames(env) : []
}

/** The project of gcloud's active configuration, as gcloud finds it. */
function gcloudProject(env: Environment, home: string): readonly string[] {
  if (env.CLOUDSDK_CORE_PROJECT) return [env.CLOUDSDK_CORE_PROJECT]
  const folder = env.CLOUDSDK_CONFIG || path.join(home, '.config/gcloud')
  const active = env.CLOUDSDK_ACTIVE_CONFIG_NAME || linesOf(path.join(folder, 'active_config'))[0]?.trim() || 'default'
  let section = ''
  for (const line of linesOf(path.join(folder, 'configurations', `config_${active}`))) {
    section = /^\s*\[(.+?)\]/.exec(line)?.[1] ?? section
    const project = /^project\s*=\s*(\S+)/.exec(line)?.[1]
    if (section === 'core' && project !== undefined) return [project]
  }
  return []
}
