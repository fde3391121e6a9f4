import type { Item } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import { isState, openLines } from '../../pipeline/file-diff/live-file.ts'
import { exportPieces } from '../../pipeline/snapshots/live-snapshot.ts'
import { parseTimePoint } from '../../pipeline/time-point.ts'
import type { SnapshotFile } from '../../storage/snapshots/snapshot-file.ts'
import type { Server } from '../server.ts'
import { pagesOf } from '../terminal/pages.ts'
import type { Side } from './diff-sides.ts'
import { collectorVersion, liveSnapshot } from './snapshot-source.ts'

/** What a running vaino knows, or knew at a point (`now`, a time or a cursor), as a file to compare with. */
export function openLive(server: Server, point: string, signal: AbortSignal): Promise<SnapshotFile> {
  const pieces =
    point === 'now'
      ? exportPieces(liveSnapshot(server, {}, signal), collectorVersion, 'ndjson')
      : linesAt(server, point)
  return openLines(`${server.url} (${point})`, pieces, signal)
}

/** The state at a point, in the lines of `GET /v1/snapshot`, which has no time of its own to ask for. */
async function* linesAt(server: Server, point: string): AsyncGenerator<string> {
  // All pages as of one moment, where the point counts back from now.
  const timeMs = parseTimePoint(point, Date.now())
  const at = timeMs === null ? point : new Date(timeMs).toISOString()
  let count = 0
  for await (const item of pagesOf<Item>(server, '/v1/resources', 'resources', { at })) {
    count++
    yield `${JSON.stringify({ op: 'put', ...item })}\n`
  }
  yield `${JSON.stringify({ control: 'snapshot-end', cursor: at, count })}\n`
}

/** @throws VainoError `bad_request` where a side is a file that can't be compared with a server */
export async function refuseState(side: Side): Promise<void> {
  if (side.kind !== 'file' || !(await isState(side.path))) return
  throw new VainoError('bad_request', `${side.path}: a Terraform state does not name its scope on the server`, {
    hint: 'Compare it with another state file, or let `vaino scan --source terraform:FILE` say what changed in it.',
  })
}
