import type { JsonObject } from '../../model/json.ts'
import { type Answer, below, failed, ok, type Question, type World } from './question.ts'
import { projectNumber } from './things.ts'

const zones = ['europe-west1-b', 'europe-west1-c']
const region = 'europe-west1'
const compute = 'https://www.googleapis.com/compute/v1'

/** What is there before anybody has made anything: projects, places, images, enabled APIs. Null: it is none of these. */
export function builtIn(question: Question, world: World): Answer | null {
  const { api, method } = question
  const path = below(question)
  switch (api.name) {
    case 'cloudresourcemanager':
      return projects(question, path, world)
    case 'serviceusage':
      return method.id === 'serviceusage.services.list' ? services(path) : null
    case 'compute':
      return ofCompute(path)
    case 'cloudasset':
      return method.id === 'cloudasset.assets.list' ? assets(question, world) : null
    case 'dns':
      return method.id === 'dns.managedZoneOperations.get' ? ok(dnsOperation) : null
    default:
      break
  }
  const inProject = /^(projects\/[^/]+)\/locations$/.exec(path)?.[1]
  if (inProject === undefined) return null
  return ok({ locations: [{ name: `${inProject}/locations/${region}`, locationId: region }] })
}

/** Cloud Asset Inventory shows what tests put there: it lags, and how is theirs to say. */
function assets({ query }: Question, { store, settings }: World): Answer {
  const types = query.getAll('assetTypes')
  const found = store
    .in('cloudasset', 'assets')
    .map(([, asset]) => asset)
    .filter(({ assetType }) => types.length === 0 || types.includes(String(assetType)))
    .map(({ resource, ...asset }) =>
      query.get('contentType') === 'RESOURCE' ? { ...asset, resource: resource ?? {} } : asset,
    )
  const from = Number(query.get('pageToken') ?? 0)
  const to = from + (settings.pageItems ?? Number(query.get('pageSize') ?? 100))
  const more = to < found.length ? { nextPageToken: String(to) } : {}
  return ok({
    readTime: new Date().toISOString(),
    ...(found.length === 0 ? {} : { assets: found.slice(from, to) }),
    ...more,
  })
}

function ofCompute(path: string): Answer | null {
  const [, project = '', kind = '', name, collection, member] = path.split('/')
  const own = `projects/${project}`
  const place = (of: string, called: string): JsonObject => ({
    ...{ kind: `compute#${of}`, name: called, status: 'UP', selfLink: `${compute}/${own}/${of}s/${called}` },
    ...(of === 'zone' ? { region: `${compute}/${own}/regions/${region}` } : {}),
  })
  if (kind === 'zones' && name === undefined)
    return ok({ kind: 'compute#zoneList', items: zones.map((one) => place('zone', one)) })
  if (kind === 'regions' && name === undefined)
    return ok({ kind: 'compute#regionList', items: [place('region', region)] })
  if (kind === 'zones' && collection === undefined && name !== undefined) return ok(place('zone', name))
  if (kind === 'regions' && collection === undefined && name !== undefined) return ok(place('region', name))
  if (/Operations$|^operations$/.test(collection ?? name ?? '') && (member ?? collection))
    return ok(operation(targetIn(member ?? collection ?? '')))
  if (collection === 'machineTypes' && member !== undefined)
    return ok({ kind: 'compute#machineType', name: member, guestCpus: 2, memoryMb: 4096 })
  if (kind === 'global' && name === 'images' && project.endsWith('-cloud')) {
    const image = {
      kind: 'compute#image',
      id: '1',
      name: 'image-1',
      status: 'READY',
      diskSizeGb: '10',
      selfLink: `${compute}/${own}/global/images/image-1`,
    }
    return ok(collection === undefined ? { kind: 'compute#imageList', items: [image] } : image)
  }
  if (kind === '' && path === own)
    return ok({
      kind: 'compute#project',
      name: project,
      id: projectNumber,
      commonInstanceMetadata: { kind: 'compute#metadata' },
    })
  return null
}

/** Of Cloud DNS. */
export const dnsOperation: JsonObject = {
  ...{ kind: 'dns#operation', id: '1', status: 'done', type: 'update' },
  zoneContext: { oldValue: {}, newValue: {} },
}

/** A change that is done already; its name says of what. @param target the path of what was changed */
export const operation = (target: string): JsonObject => {
  const name = `operation-${Buffer.from(target).toString('base64url')}`
  const [, owner = '', kind = '', called = ''] = target.split('/')
  const place = kind === 'global' ? 'global' : `${kind}/${called}`
  const own = `${compute}/projects/${owner}/${place}`
  return {
    ...{ kind: 'compute#operation', id: '1', name, status: 'DONE', progress: 100, operationType: 'insert' },
    ...{ targetLink: `${compute}/${target}`, selfLink: `${own}/operations/${name}` },
    ...(kind === 'zones' ? { zone: own } : {}),
    ...(kind === 'regions' ? { region: own } : {}),
  }
}

const targetIn = (name: string): string => Buffer.from(name.slice('operation-'.length), 'base64url').toString()

const knownProjects = ({ settings }: World) =>
  settings.projects ?? { 'acme-shop': { number: projectNumber, state: 'ACTIVE', parent: 'folders/1' } }

function projects({ method, query }: Question, path: string, world: World): Answer | null {
  const what = method.id.slice(method.id.lastIndexOf('.') + 1)
  const all = Object.entries(knownProjects(world)).map(([projectId, { number, state, parent = 'folders/1' }]) => ({
    ...{ name: `projects/${number}`, parent, projectId, state, displayName: projectId },
    ...{ projectNumber: number, lifecycleState: state },
  }))
  if (path === 'folders')
    return ok(query.get('parent') === 'organizations/9' ? { folders: [{ name: 'folders/1', state: 'ACTIVE' }] } : {})
  if (what === 'list' || what === 'search') {
    const parent = query.get('parent')
    const found = all.filter((one) => parent === null || one.parent === parent)
    return ok(found.length === 0 ? {} : { projects: found })
  }
  if (what !== 'get') return null
  const id = path.split('/')[1]
  const found = all.find(({ projectId, projectNumber: number }) => projectId === id || number === id)
  return found === undefined ? failed(403, 'forbidden', `The caller does not have permission on ${id}`) : ok(found)
}

function services(path: string): Answer {
  const parent = `projects/${projectNumber}`
  const names = ['compute.googleapis.com', 'pubsub.googleapis.com']
  return ok({
    services: names.map((name) => ({ name: `${parent}/services/${name}`, parent, state: 'ENABLED', config: { name } })),
    ...(path === '' ? { nextPageToken: '' } : {}),
  })
}
