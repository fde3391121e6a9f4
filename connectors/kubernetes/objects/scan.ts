import { VainoError } from '../../../model/errors.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { Observer } from '../../source.ts'
import { isExpired } from '../api/api-error.ts'
import type { ApiServer } from '../api/api-server.ts'
import { attributionOf, type LastWrites } from './attribution.ts'
import { listPages, type PageSize } from './list.ts'
import type { ReadObject } from './to-resource.ts'

export interface ListTask {
  readonly server: ApiServer
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly pageSize: PageSize
  /** Who wrote its objects last. */
  readonly writes: LastWrites
  read(object: JsonObject): ReadObject | null
  /** An object that is not handed on: its owner stands for it. */
  isFolded(object: JsonObject): boolean
}

export interface Listed {
  readonly resourceVersion: string
  /** The server has no object of it, neither one that is folded. */
  readonly isEmpty: boolean
}

/**
 * Observes all objects of a list. Where the server no longer keeps the moment of its first page (410) nothing of it is a whole: the next
 * scan reads it anew, in larger pages.
 * @returns where a watch begins, and whether there was no object at all
 * @throws ApiError, VainoError `source_failed` where the list could not be read to its end
 */
export async function observeList(task: ListTask, out: Observer, signal: AbortSignal): Promise<Listed> {
  let resourceVersion = ''
  let isEmpty = true
  try {
    for await (const page of listPages(task.server, task.path, task, signal)) {
      resourceVersion = page.resourceVersion
      if (page.items.length > 0) isEmpty = false
      for (const item of page.items) {
        if (task.isFolded(item)) continue
        const one = task.read(item)
        if (one === null) throw nameless(task.path)
        await out.observe(one.resource, writerOf(one, task.writes))
      }
    }
  } catch (error) {
    if (!isExpired(error)) throw error
    task.pageSize.grow()
    throw new VainoError('source_failed', `the list of ${task.path} was too old before its last page was read`, {
      hint: 'It is read anew, in larger pages.',
      retryAfterSeconds: 0,
    })
  }
  return { resourceVersion, isEmpty }
}

/** What can be scaled is remembered from the first list on: who scales it next is seen by the number alone. */
const writerOf = ({ resource, managers, replicas }: ReadObject, writes: LastWrites) =>
  replicas === null ? attributionOf(managers) : writes.attributionOf(resource.id, managers, replicas)

const nameless = (path: string): VainoError =>
  new VainoError('source_failed', `the answer to ${path} has an object without a name`, {
    hint: 'Look whether the address leads to an API server; it is tried again.',
  })
