import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import type { JsonObject } from '../../../model/json.ts'
import { ApiError } from '../api/api-error.ts'
import type { ApiServer } from '../api/api-server.ts'
import { type GroupKinds, maxDiscoveryBytes, preferred, type ServedKind } from './kinds.ts'
import { discoverEachGroup } from './per-group.ts'

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'

const scopeOf = z.enum(['Cluster', 'Namespaced'])

const aggregatedSchema = z.looseObject({
  kind: z.literal('APIGroupDiscoveryList'),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string().optional() }).optional(),
      versions: z
        .array(
          z.looseObject({
            version: z.string(),
            freshness: z.string().optional(),
            resources: z
              .array(
                z.looseObject({
                  resource: z.string(),
                  responseKind: z.looseObject({ kind: z.string() }).optional(),
                  scope: scopeOf,
                  verbs: z.array(z.string()),
                }),
              )
              .optional(),
          }),
        )
        .optional(),
    }),
  ),
})

/**
 * Finds out which kinds a server has, again and again: a list that is still the same costs two requests without a body.
 *
 * What could not be looked at is not gone: a group that does not answer keeps the kinds that it had.
 */
export class Discovery {
  readonly #server: ApiServer
  readonly #etags = new Map<string, string>()
  readonly #groups = new Map<string, GroupKinds>()
  #kinds = new Map<string, readonly ServedKind[]>()

  constructor(server: ApiServer) {
    this.#server = server
  }

  /** @throws VainoError `source_failed` where the server can't be asked, or says nothing of its core kinds */
  async kinds(signal: AbortSignal): Promise<readonly ServedKind[]> {
    const [core, named] = await Promise.all([this.#root('/api', signal), this.#root('/apis', signal)])
    const groups = new Map([...core, ...named])
    if (![...core.values()].some((kinds) => kinds !== null && kinds.length > 0)) throw saysNothing
    const known = new Map<string, readonly ServedKind[]>()
    for (const [group, kinds] of groups) known.set(group, kinds ?? this.#kinds.get(group) ?? [])
    this.#kinds = known
    return [...known.values()].flat()
  }

  async #root(root: '/api' | '/apis', signal: AbortSignal): Promise<GroupKinds> {
    const before = this.#groups.get(root)
    const etag = before === undefined ? null : (this.#etags.get(root) ?? null)
    const answer = await this.#server.get(root, { accept: aggregated, etag, maxBytes: maxDiscoveryBytes }, signal)
    if (answer === null && before !== undefined) return before
    const body = answer?.body ?? {}
    const groups =
      body.kind === 'APIGroupDiscoveryList'
        ? aggregatedGroups(body)
        : await discoverEachGroup(this.#server, root, body, signal)
    this.#groups.set(root, groups)
    // A group that could not be asked makes the list look the same while it is not.
    const isWhole = [...groups.values()].every((kinds) => kinds !== null)
    if (answer?.etag && isWhole) this.#etags.set(root, answer.etag)
    else this.#etags.delete(root)
    return groups
  }
}

const saysNothing = new ApiError(200, 'the API server lists none of its core kinds', {
  hint: 'It is starting, or something before it answers in its place. It is asked again.',
})

function aggregatedGroups(body: JsonObject): GroupKinds {
  const parsed = aggregatedSchema.safeParse(body)
  if (!parsed.success) {
    throw new VainoError('source_failed', 'the API server’s list of kinds has another form than expected', {
      hint: `Look at ${parsed.error.issues[0]?.path.join('.')} of kubectl get --raw /apis.`,
    })
  }
  return new Map(
    parsed.data.items.map(({ metadata, versions = [] }) => {
      const group = metadata?.name ?? ''
      if (versions.some(({ freshness }) => freshness === 'Stale')) return [group, null]
      return [
        group,
        preferred(
          versions.flatMap(({ version, resources = [] }) =>
            resources.map((one) => ({
              group,
              version,
              kind: one.responseKind?.kind ?? '',
              plural: one.resource,
              isNamespaced: one.scope === 'Namespaced',
              verbs: one.verbs,
            })),
          ),
        ),
      ]
    }),
  )
}
