import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { VainoError } from '../../model/errors.ts'
import type { Redactor } from '../../model/redaction.ts'
import type { Resource } from '../../model/resource.ts'
import { formatScope } from '../../model/scope.ts'
import { fileFailure } from '../../storage/snapshots/file-failure.ts'
import { SnapshotFile } from '../../storage/snapshots/snapshot-file.ts'
import { writeWhole } from '../../storage/snapshots/whole-file.ts'

/** The same scope for every state, whatever its path, so that the resources of two states are compared by address. */
const scope = formatScope({ provider: 'terraform', account: null, location: null, collection: 'state' })

/**
 * Opens a file for comparing. A Terraform state is read by the connector that watches states, its secrets redacted, into a
 * file of resources in a folder that only its owner can read, which is gone when the file is closed.
 * @throws VainoError like `SnapshotFile.open`; `bad_input` when a part of a state can't be used
 */
export async function openForDiff(path: string, redactor: Redactor, signal?: AbortSignal): Promise<SnapshotFile> {
  const file = await SnapshotFile.open(path)
  if (file.kind !== 'terraform') return file
  await using state = file
  const folder = await mkdtemp(join(tmpdir(), 'vaino-diff-'))
  try {
    const converted = join(folder, 'state.json')
    await writeWhole(converted, resourcesOf(state, redactor, signal), 0o600, signal)
    return await SnapshotFile.open(converted, path)
  } catch (error) {
    throw fileFailure(error, path, 'read')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The state's resources as a snapshot, as they are read: what has been read and not yet written is bounded. */
async function* resourcesOf(state: SnapshotFile, redactor: Redactor, signal?: AbortSignal): AsyncGenerator<string> {
  // Loaded late: two snapshots are compared without it.
  const { readState } = await import('../../connectors/terraform/read-state.ts')
  const handOff = new PassThrough({ objectMode: true, highWaterMark: 64 })
  let isFirst = true
  const observe = async (resource: Resource) => {
    const text = `${isFirst ? '' : ',\n'}${JSON.stringify({ ...resource, scope })}`
    isFirst = false
    if (!handOff.write(text)) await once(handOff, 'drain')
  }
  const reading = readState(state.chunks(signal), { redactor, dataSources: false, observe }).then(
    ({ problems: [problem] }) => {
      if (problem === undefined) handOff.end()
      else handOff.destroy(unusable(state.name, typeof problem === 'string' ? problem : problem.message))
    },
    (error) => handOff.destroy(error instanceof VainoError ? unusable(state.name, error.message, error) : error),
  )
  yield '{"resources":[\n'
  yield* handOff as AsyncIterable<string>
  await reading
  yield '\n]}\n'
}

const unusable = (path: string, what: string, error?: VainoError): VainoError =>
  new VainoError('bad_input', `${path}: ${what}`, { cause: error, ...(error?.hint && { hint: error.hint }) })
