import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import type { JsonObject } from '../../../model/json.ts'
import { ApiError } from '../api/api-error.ts'
import type { ApiServer } from '../api/api-server.ts'
import { type GroupKinds, maxDiscoveryBytes, preferred, type ServedKind } from './kinds.ts'

const versionsSchema = z.looseObject({ kind: z.literal('APIVersions'), versions: z.array(z.string()).min(1) })

const groupsSchema = z.looseObject({
  kind: z.literal('APIGroupList'),
  groups: z.array(
    z.looseObject({
      name: z.string(),
      versions: z.array(z.looseObject({ version: z.string() })),
      preferredVersion: z.looseObject({ version: z.string() }).optional(),
    }),
  ),
})

const resourcesSchema = z.looseObject({
  kind: z.literal('APIResourceList'),
  resources: z.array(
    z.looseObject({ name: z.string(), kind: z.string(), namespaced: z.boolean(), verbs: z.array(z.string()) }),
  ),
})

/**
 * The kinds of a server without aggregated discovery (before 1.26): a document for each version of each group.
 * @param body what the root answered: its groups and versions
 * @returns null for a group of which a version does not answer
 */
export async function discoverEachGroup(
  server: ApiServer,
  root: '/api' | '/apis',
  body: JsonObject,
  signal: AbortSignal,
): Promise<GroupKinds> {
  const groups = root === '/api' ? coreGroup(body) : namedGroups(body)
  const found = new Map<string, readonly ServedKind[] | null>()
  for (const { group, versions } of groups) {
    const lists = await Promise.all(versions.map((version) => resourcesOf(server, root, group, version, signal)))
    const whole = lists.filter((list) => list !== null)
    found.set(group, whole.length < lists.length ? null : preferred(whole.flat()))
  }
  return found
}

interface Group {
  readonly group: string
  /** The preferred one first. */
  readonly versions: readonly string[]
}

function coreGroup(body: JsonObject): readonly Group[] {
  const parsed = versionsSchema.safeParse(body)
  if (!parsed.success) throw noDiscovery('/api')
  return [{ group: '', versions: parsed.data.versions }]
}

function namedGroups(body: JsonObject): readonly Group[] {
  const parsed = groupsSchema.safeParse(body)
  if (!parsed.success) throw noDiscovery('/apis')
  return parsed.data.groups.map(({ name, versions, preferredVersion }) => {
    const names = versions.map(({ version }) => version)
    const first = preferredVersion?.version ?? names[0] ?? ''
    return { group: name, versions: [first, ...names.filter((version) => version !== first)] }
  })
}

async function resourcesOf(server: ApiServer, root: string, group: string, version: string, signal: AbortSignal) {
  const path = group === '' ? `${root}/${version}` : `${root}/${group}/${version}`
  try {
    const answer = await server.get(path, { maxBytes: maxDiscoveryBytes }, signal)
    const parsed = resourcesSchema.safeParse(answer?.body)
    if (!parsed.success) return null
    return parsed.data.resources.map(({ name, kind, namespaced, verbs }) => ({
      group,
      version,
      kind,
      plural: name,
      isNamespaced: namespaced,
      verbs,
    }))
  } catch (error) {
    // An aggregated API server that is away takes its own group with it, and no other.
    if (error instanceof ApiError && (error.answered === 503 || error.answered === 404)) return null
    throw error
  }
}

const noDiscovery = (root: string): VainoError =>
  new VainoError('source_failed', `the API server answers ${root} with no list of its versions`, {
    hint: 'Look whether the address leads to an API server: kubectl get --raw /apis.',
  })
