import { VainoError } from '../../../model/errors.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import type { EventSink } from '../../source.ts'
import { ApiError, isExpired, SilentWatch } from '../api/api-error.ts'
import type { ListTask } from './scan.ts'
import { idOf } from './to-resource.ts'

/** The server ends a watch after this long, and this much longer at random, so that the watches of all kinds don't end at once. */
const watchSeconds = 300
/** A watch that ends sooner without a word is not opened anew at once. */
const shortWatchMs = 1000

/** Refusals that a scan says on its scope: the credentials, the user's rights, a kind that is not served. */
const saidByList: ReadonlySet<number> = new Set([401, 403, 404])

/**
 * Why nothing more is followed. `lost`: the server no longer keeps what comes next (410). `refused`: a scan says on the scope what is
 * wrong. `silent`: nothing came for too long, and the server does not answer anything else; nothing is lost.
 */
export type FollowEnd = { readonly why: 'lost' | 'silent' } | { readonly why: 'refused'; readonly answered: number }

export interface FollowTask extends ListTask {
  readonly silenceMs: number
  readonly redactText: (text: string) => string
  /** Nothing came for too long: asks whether the server lives. Rejects where it does not. */
  whenSilent(): Promise<unknown>
  /** After each event that is no bookmark. */
  onEvent(): void
  /** Everything up to here is committed. */
  onCommitted(resourceVersion: string): void
}

/**
 * Hands on the events of a list from a resourceVersion, one watch after the other, until the signal. A watch ends in four ways: cleanly, and
 * the next one begins where it ended; by silence; by a refusal or a cut connection, which are thrown; by an `ERROR` event.
 * @throws ApiError, VainoError `source_failed` for what is to be tried again from the last checkpoint
 */
export async function followList(
  task: FollowTask,
  from: string,
  out: EventSink,
  signal: AbortSignal,
): Promise<FollowEnd> {
  let at = from
  const moved = (resourceVersion: string): void => {
    at = resourceVersion
    out.checkpoint(at, () => task.onCommitted(resourceVersion))
  }
  try {
    while (true) {
      signal.throwIfAborted()
      const startedAt = performance.now()
      const events = await untilSilent(() => followOnce(task, at, moved, out, signal))
      if (events === null && !(await lives(task, signal))) return { why: 'silent' }
      if (events === 0 && performance.now() - startedAt < shortWatchMs) {
        throw new VainoError('source_failed', `the watch of ${task.path} ends as soon as it begins`, {
          hint: 'It is tried again.',
        })
      }
    }
  } catch (error) {
    if (isExpired(error)) return { why: 'lost' }
    const refusal = refusalOf(error)
    if (refusal === null) throw error
    return refusal
  }
}

/** The end of a follow where an error is a refusal that a scan says on the scope; null for any other error. */
export const refusalOf = (error: unknown): FollowEnd | null =>
  error instanceof ApiError && saidByList.has(error.answered) ? { why: 'refused', answered: error.answered } : null

/** @returns null where nothing came for too long */
async function untilSilent(watch: () => Promise<number>): Promise<number | null> {
  try {
    return await watch()
  } catch (error) {
    if (error instanceof SilentWatch) return null
    throw error
  }
}

/** What the server says instead, the next scan hears too, and says it on the scope. */
async function lives({ whenSilent }: FollowTask, signal: AbortSignal): Promise<boolean> {
  try {
    await whenSilent()
    return true
  } catch {
    signal.throwIfAborted()
    return false
  }
}

/** One watch. @returns how many events came in it */
async function followOnce(
  task: FollowTask,
  at: string,
  moved: (resourceVersion: string) => void,
  out: EventSink,
  signal: AbortSignal,
): Promise<number> {
  const timeoutSeconds = watchSeconds + Math.floor(Math.random() * watchSeconds)
  const parameters = new URLSearchParams({
    ...task.query,
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: at,
    timeoutSeconds: String(timeoutSeconds),
  })
  let events = 0
  for await (const event of task.server.watch(`${task.path}?${parameters}`, task.silenceMs, signal)) {
    events++
    const { type = null, object = null } = event
    if (!isObject(object)) throw noEvent(task.path)
    if (type === 'ERROR') throw errorOf(object, task)
    const resourceVersion = versionOf(object)
    const isFolded = type !== 'BOOKMARK' && task.isFolded(object)
    if (isFolded) {
      // It may have been adopted just now.
      const id = idOf(object)
      if (type === 'MODIFIED' && id !== null) await out.gone(id)
    } else if (type === 'ADDED' || type === 'MODIFIED') {
      const read = task.read(object)
      if (read === null) throw noEvent(task.path)
      await out.observe(read.resource, task.writes.attributionOf(read.resource.id, read.managers, read.replicas))
    } else if (type === 'DELETED') {
      const id = idOf(object)
      if (id === null) throw noEvent(task.path)
      task.writes.forget(id)
      await out.gone(id)
    } else if (type !== 'BOOKMARK') throw noEvent(task.path)
    if (resourceVersion !== null) moved(resourceVersion)
    if (type !== 'BOOKMARK') task.onEvent()
  }
  return events
}

function versionOf({ metadata = null }: JsonObject): string | null {
  const version = isObject(metadata) ? (metadata.resourceVersion ?? null) : null
  return typeof version === 'string' && version !== '' ? version : null
}

/** An `ERROR` event holds a Status, as a refusal does. */
function errorOf({ code = null, message = '' }: JsonObject, { path, redactText }: FollowTask): ApiError {
  const answered = typeof code === 'number' ? code : 500
  const said = redactText(String(message).slice(0, 500))
  return new ApiError(answered, `the watch of ${path} ended with ${answered}: ${said}`, { hint: 'It is tried again.' })
}

const noEvent = (path: string): VainoError =>
  new VainoError('source_failed', `the watch of ${path} sent something that is no event`, {
    hint: 'It is tried again.',
  })
