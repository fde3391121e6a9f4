import type { JsonObject } from '../../model/json.ts'
import { dnsOperation, operation } from './built-in.ts'
import { type Answer, below, failed, objectAt, ok, type Question, type World } from './question.ts'
import { born, projectNumber, touched } from './things.ts'

/** A change of what is there: made, edited, deleted, or one of the verbs that set one member. */
export function changeOf(question: Question, what: string, world: World): Answer {
  const { api, method } = question
  const path = below(question)
  if (what === 'insert' || what === 'create') return create(question, path, world)
  if (what === 'testIamPermissions') return ok({ permissions: question.body.permissions ?? [] })
  if (what === 'setIamPolicy') return setPolicy(question, path, world)
  if (what === 'delete') {
    if (!world.store.delete(api.name, path)) return failed(404, 'notFound', `The resource '${path}' was not found`)
    return changed(question, path, {}, world)
  }
  const isEdit = what === 'patch' || what === 'update'
  const at = isEdit ? path : path.replace(/[:/][^:/]+$/, '')
  const before = world.store.get(api.name, at)
  if (before === undefined) return failed(404, 'notFound', `The resource '${at}' was not found`)
  const edit = isEdit ? patchIn(question) : verb(what, question.body, before)
  if (edit === null) return failed(501, 'notImplemented', `the stand-in knows no ${method.id}`)
  const schema = api.schemaOf(isEdit ? method.response : undefined) ?? thingSchema(question)
  const after = touched(merged(before, edit), isOperation(question) ? thingSchema(question) : schema)
  world.store.set(api.name, at, after)
  return changed(question, at, after, world)
}

/** Pub/Sub, Secret Manager and others wrap the thing beside the mask of what is meant. */
function patchIn({ body, query }: Question): JsonObject {
  const wrapped = Object.entries(body).find(
    ([name]) => ['topic', 'subscription', 'schema'].includes(name) && typeof body.updateMask === 'string',
  )
  if (wrapped !== undefined) {
    const mask = String(body.updateMask).split(',')
    return Object.fromEntries(Object.entries(objectAt(wrapped[1])).filter(([name]) => mask.includes(name)))
  }
  const mask = query.get('updateMask')
  if (mask === null || mask === '') return body
  const names = mask.split(',').map((name) => name.split('.')[0])
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)))
}

/** `setLabels`, `setMetadata` and the like. Null: not one that the stand-in knows. */
function verb(what: string, body: JsonObject, before: JsonObject): JsonObject | null {
  switch (what) {
    case 'setLabels':
      return { labels: body.labels ?? {} }
    case 'setMetadata':
      return { metadata: body }
    case 'setTags':
      return { tags: body }
    case 'setMachineType':
      return { machineType: body.machineType ?? null }
    case 'setDeletionProtection':
      return { deletionProtection: true }
    case 'stop':
      return { status: 'TERMINATED', lastStopTimestamp: new Date().toISOString() }
    case 'start':
      return { status: 'RUNNING', lastStartTimestamp: new Date().toISOString() }
    case 'resize':
      return { sizeGb: body.sizeGb ?? before.sizeGb ?? null }
    default:
      return null
  }
}

/** Edits replace members, as `PATCH` does; null takes one away. */
function merged(before: JsonObject, edit: JsonObject): JsonObject {
  const after = { ...before, ...edit }
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== null))
}

function create(question: Question, path: string, world: World): Answer {
  const { api, method } = question
  const made = pathOfNew(question, path)
  if (made === null) return failed(400, 'invalid', `${method.id} names nothing to make`)
  if (world.store.get(api.name, made.path) !== undefined)
    return failed(409, 'alreadyExists', `The resource '${made.path}' already exists`)
  const thing = born(made.thing, made.path, thingSchema(question), api.name)
  world.store.set(api.name, made.path, thing)
  return changed(question, made.path, thing, world)
}

/** Where the new thing is, which each API says in a way of its own. */
function pathOfNew({ api, method, body, query }: Question, path: string): { path: string; thing: JsonObject } | null {
  if (method.httpMethod === 'PUT') return { path, thing: { ...body, name: path } }
  if (api.name === 'storage')
    return {
      path: `b/${String(body.name)}`,
      thing: { location: 'EU', storageClass: 'STANDARD', ...body, id: String(body.name) },
    }
  if (api.name === 'bigquery') {
    const { datasetId, tableId } = { ...objectAt(body.datasetReference), ...objectAt(body.tableReference) }
    return { path: `${path}/${String(tableId ?? datasetId)}`, thing: body }
  }
  if (api.name === 'iam' && typeof body.accountId === 'string') {
    const project = path.split('/')[1]
    const email = `${body.accountId}@${project}.iam.gserviceaccount.com`
    const name = `${path}/${email}`
    return {
      path: name,
      thing: {
        ...objectAt(body.serviceAccount),
        name,
        email,
        projectId: project ?? '',
        uniqueId: `1${projectNumber}${body.accountId.length}`,
      },
    }
  }
  const idParameter = Object.keys(method.parameters).find(
    (name) => /Id$/.test(name) && query.has(name) && name !== 'requestId',
  )
  const id = idParameter === undefined ? (typeof body.roleId === 'string' ? body.roleId : null) : query.get(idParameter)
  if (id !== null && id !== undefined) {
    const name = `${path}/${id}`
    return { path: name, thing: { ...objectAt(body.role ?? body), name } }
  }
  return typeof body.name === 'string' ? { path: `${path}/${body.name.split('/').at(-1)}`, thing: body } : null
}

const isOperation = ({ api, method }: Question): boolean =>
  /Operation$/.test(method.response?.$ref ?? '') || (api.name === 'sqladmin' && method.response?.$ref === 'Operation')

/** The schema of what the method is about. */
const thingSchema = ({ api, method }: Question) => {
  const request = api.schemaOf(method.request)
  const inner = request?.properties?.serviceAccount ?? request?.properties?.topic ?? request?.properties?.subscription
  return api.schemaOf(inner) ?? request
}

function changed(question: Question, path: string, after: JsonObject, { settings }: World): Answer {
  const { api, method } = question
  settings.onChange?.({ api: api.name, method: method.id, path })
  if (!isOperation(question)) return ok(after)
  if (api.name === 'compute') return ok(operation(path))
  if (api.name === 'sqladmin')
    return ok({
      kind: 'sql#operation',
      name: 'operation-1',
      status: 'DONE',
      operationType: 'UPDATE',
      targetId: path.split('/').at(-1) ?? '',
    })
  if (api.name === 'dns') return ok(dnsOperation)
  return ok({ name: `operations/${path.split('/').at(-1)}`, done: true, response: after })
}

function setPolicy({ api, body }: Question, path: string, { store, settings }: World): Answer {
  const at = path.replace(/(?::setIamPolicy|\/setIamPolicy|\/iam)$/, '')
  const policy = objectAt(body.policy ?? body)
  store.set(`${api.name}-iam`, at, policy)
  settings.onChange?.({ api: api.name, method: 'setIamPolicy', path: at })
  return ok(policy)
}
