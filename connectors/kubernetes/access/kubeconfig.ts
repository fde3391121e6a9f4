import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import { messageOf, VainoError } from '../../../model/errors.ts'
import { nearest } from '../../../model/nearest.ts'
import {
  type ClusterEntry,
  type ContextEntry,
  type KubeconfigFile,
  kubeconfigSchema,
  type UserEntry,
} from './kubeconfig-schema.ts'

/** Bytes of the longest kubeconfig that is read; one with a thousand clusters has 5 MB. */
const maxFileBytes = 16 * 1024 * 1024

/** An entry and the folder of its file, from which its relative paths lead. */
export interface Placed<T> {
  readonly entry: T
  readonly folder: string
}

/** A context of the kubeconfig with its cluster and its user. */
export interface KubeContext {
  readonly name: string
  readonly cluster: Placed<ClusterEntry>
  /** Null: the context names none, and the client is anonymous. */
  readonly user: Placed<UserEntry> | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** The files of a kubeconfig as kubectl finds them: `KUBECONFIG` is a list, else `~/.kube/config`. */
function filesOf(environment: Environment): readonly string[] {
  const listed = (environment.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '')
  return listed.length > 0 ? listed : [path.join(environment.HOME ?? homedir(), '.kube', 'config')]
}

/**
 * Reads one context. Of several files the first that names an entry wins, as with kubectl.
 * @throws VainoError `source_failed` where no file is there, one can't be read, or none has the context
 */
export async function readContext(name: string, environment: Environment): Promise<KubeContext> {
  const files = filesOf(environment)
  const read = (await Promise.all(files.map(readKubeconfig))).filter((file) => file !== null)
  if (read.length === 0) {
    throw new VainoError('source_failed', `no kubeconfig is at ${files.join(' or ')}`, {
      hint: 'Set KUBECONFIG to its path, or watch the cluster from inside as kubernetes:in-cluster.',
    })
  }
  const context = entryOf<ContextEntry>(read, name, ({ contexts }) =>
    contexts?.map(({ name: of, context: entry }) => [of, entry]),
  )
  if (context === null) throw unknownContext(name, read, files)
  const cluster = entryOf<ClusterEntry>(read, context.entry.cluster, ({ clusters }) =>
    clusters?.map(({ name: of, cluster: entry }) => [of, entry]),
  )
  if (cluster === null) throw missing(name, `the cluster "${context.entry.cluster}"`)
  const { user: userName = '' } = context.entry
  if (userName === '') return { name, cluster, user: null }
  const user = entryOf<UserEntry>(read, userName, ({ users }) =>
    users?.map(({ name: of, user: entry }) => [of, entry ?? {}]),
  )
  if (user === null) throw missing(name, `the user "${userName}"`)
  return { name, cluster, user }
}

/**
 * The names of all contexts, in the order of the files. Of contexts that lead to one cluster the first: others differ by user or namespace, and
 * the cluster's objects are the same.
 * @throws VainoError `source_failed` where no file is there, one can't be read, or none has a context
 */
export async function contextNames(environment: Environment): Promise<readonly string[]> {
  const files = filesOf(environment)
  const read = (await Promise.all(files.map(readKubeconfig))).filter((file) => file !== null)
  const byCluster = new Map<string, string>()
  const names = new Set<string>()
  for (const { name, context } of read.flatMap(({ entry }) => entry.contexts ?? [])) {
    if (names.has(name)) continue
    names.add(name)
    if (!byCluster.has(context.cluster)) byCluster.set(context.cluster, name)
  }
  if (byCluster.size > 0) return [...byCluster.values()]
  throw new VainoError('source_failed', `no kubeconfig with a context is at ${files.join(' or ')}`, {
    hint: 'Set KUBECONFIG to its path; kubectl config get-contexts -o name lists contexts.',
  })
}

/** A file as far as it is read, with its folder; null where it is not there. */
async function readKubeconfig(file: string): Promise<Placed<KubeconfigFile> | null> {
  let text: string
  try {
    const { size } = await stat(file)
    if (size > maxFileBytes) throw new Error(`it has ${size} bytes, more than ${maxFileBytes}`)
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause)
    throw new VainoError('source_failed', `the kubeconfig ${file} can't be read (${code})`, {
      hint: 'Let the user that runs vaino read it.',
    })
  }
  const parsed = kubeconfigSchema.safeParse(yamlOf(text))
  if (parsed.success) return { entry: parsed.data, folder: path.dirname(path.resolve(file)) }
  const [issue] = parsed.error.issues
  // The path alone: the message of an issue may quote what stands there.
  throw new VainoError(
    'source_failed',
    `the kubeconfig ${file} is none: look at ${issue?.path.join('.') || 'its form'}`,
    {
      hint: 'kubectl config view shows what kubectl reads of it.',
    },
  )
}

/** What is no YAML is no kubeconfig; the parser's message would quote the file. */
function yamlOf(text: string): unknown {
  try {
    return parse(text) ?? {}
  } catch {
    return null
  }
}

function entryOf<T>(
  files: readonly Placed<KubeconfigFile>[],
  name: string,
  entries: (file: KubeconfigFile) => readonly (readonly [string, T])[] | null | undefined,
): Placed<T> | null {
  for (const { entry: file, folder } of files) {
    const found = entries(file)?.find(([of]) => of === name)
    if (found !== undefined) return { entry: found[1], folder }
  }
  return null
}

function unknownContext(name: string, files: readonly Placed<KubeconfigFile>[], paths: readonly string[]): VainoError {
  const names = [...new Set(files.flatMap(({ entry }) => entry.contexts?.map((one) => one.name) ?? []))]
  const meant = nearest(name, names)
  const has = names.length === 0 ? 'It has none.' : `It has ${names.slice(0, 10).join(', ')}.`
  return new VainoError('source_failed', `the kubeconfig ${paths.join(', ')} has no context "${name}"`, {
    hint: meant === null ? has : `Did you mean kubernetes:${meant}?`,
  })
}

const missing = (context: string, what: string): VainoError =>
  new VainoError('source_failed', `the kubeconfig's context "${context}" names ${what}, which is not in it`, {
    hint: 'kubectl config get-contexts shows the contexts, kubectl config view all of them.',
  })
