// Makes AWS's clients ready before anybody waits for them: for tests, and for what is shipped.
//
//   bun connectors/aws/ready.ts           in the cache
//   bun connectors/aws/ready.ts FOLDER    and a copy as all that FOLDER holds, which is carried with the code
import { cpSync, rmSync } from 'node:fs'
import path from 'node:path'
import { bundleFolder } from './sdk/bundle.ts'
import { operationsOf, rows } from './table/table.ts'

const carried = process.argv[2]
// What an earlier call has left there would be found first.
if (carried !== undefined) rmSync(carried, { recursive: true, force: true })
const folder = await bundleFolder(operationsOf(rows), new AbortController().signal)
if (carried !== undefined)
  cpSync(folder, path.join(carried, path.basename(folder)), { recursive: true, dereference: true })
process.stdout.write(`${folder}\n`)
