import { z } from 'zod'
import { VainoError } from '../../../model/errors.ts'
import type { JsonObject } from '../../../model/json.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import { broken } from '../calls/get-json.ts'
import type { Where } from '../where.ts'
import type { Session } from './session.ts'

export interface Project {
  readonly id: string
  /** Null where it may not be asked for. */
  readonly number: string | null
  /** It is being deleted: for 30 days it can be restored, and nothing in it answers. */
  readonly isBeingDeleted: boolean
}

const project = z.looseObject({ projectId: z.string(), name: z.string().optional(), state: z.string().optional() })
const projects = z.looseObject({ projects: z.array(project).default([]), nextPageToken: z.string().optional() })
const folders = z.looseObject({
  folders: z.array(z.looseObject({ name: z.string(), state: z.string().optional() })).default([]),
  nextPageToken: z.string().optional(),
})

/** Below one parent; more is refused rather than read in part. */
const maxPages = 1000

/**
 * The projects that are watched, by their ids.
 * @throws CallFailure, VainoError
 */
export async function findProjects(where: Where, session: Session, signal: AbortSignal): Promise<readonly Project[]> {
  if (where.kind === 'below') {
    const found = await projectsBelow(where.parent, session, signal)
    return found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }
  const id = where.kind === 'project' ? where.project : await session.ownProject()
  if (id !== null) return [await lookAt(id, session, signal)]
  throw new VainoError('source_failed', 'the Google credentials name no project', {
    hint: 'Name it: gcp:PROJECT_ID. Or set GOOGLE_CLOUD_PROJECT, or watch gcp:folders/NUMBER or gcp:organizations/NUMBER.',
  })
}

/** Who may not look at a project may still read what is in it. */
async function lookAt(id: string, session: Session, signal: AbortSignal): Promise<Project> {
  const permission = 'resourcemanager.projects.get'
  const path = `v3/projects/${encodeURIComponent(id)}`
  try {
    const answer = await session.call(id, { api: 'cloudresourcemanager', path, permission }, signal)
    return projectOf(parsed(project, answer, permission))
  } catch (error) {
    const isDenied = error instanceof CallFailure && (error.kind === 'denied' || error.kind === 'not_enabled')
    if (isDenied) return { id, number: null, isBeingDeleted: false }
    throw error
  }
}

async function projectsBelow(parent: string, session: Session, signal: AbortSignal): Promise<readonly Project[]> {
  const found: Project[] = []
  for await (const page of pages(session, parent, 'projects', projects, signal))
    found.push(...page.projects.map(projectOf))
  for await (const page of pages(session, parent, 'folders', folders, signal)) {
    for (const { name } of page.folders) found.push(...(await projectsBelow(name, session, signal)))
  }
  return found
}

async function* pages<T extends { nextPageToken?: string | undefined }>(
  session: Session,
  parent: string,
  collection: 'projects' | 'folders',
  schema: z.ZodType<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const permission = `resourcemanager.${collection}.list`
  // Of projects that are being deleted it is said that they are.
  let query: Readonly<Record<string, string>> = {
    parent,
    pageSize: '500',
    ...(collection === 'projects' ? { showDeleted: 'true' } : {}),
  }
  for (let count = 0; count < maxPages; count++) {
    const request = { api: 'cloudresourcemanager', path: `v3/${collection}`, query, permission } as const
    const page = parsed(schema, await session.call(parent, request, signal), permission)
    yield page
    if (!page.nextPageToken) return
    query = { ...query, pageToken: page.nextPageToken }
  }
  throw broken(permission, `${parent} has more than ${maxPages} pages`)
}

function parsed<T>(schema: z.ZodType<T>, answer: JsonObject, permission: string): T {
  const read = schema.safeParse(answer)
  if (!read.success) throw broken(permission, 'the answer is not as Resource Manager writes it')
  return read.data
}

const projectOf = ({ projectId: id, name, state }: z.output<typeof project>): Project => ({
  id,
  number: /^projects\/(\d+)$/.exec(name ?? '')?.[1] ?? null,
  isBeingDeleted: state === 'DELETE_REQUESTED',
})
