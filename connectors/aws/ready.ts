// Makes AWS's clients ready before anybody waits for them: for tests, and for what is shipped.
//
//   bun connectors/aws/ready.ts           in the cache
//   bun connectors/aws/ready.ts FOLDER    and a copy below FOLDER, which is carried with the code
import { cpSync } from 'node:fs'
import path from 'node:path'
import { bundleFolder } from './sdk/bundle.ts'
import { operationsOf, rows } from './table/table.ts'

const folder = await bundleFolder(operationsOf(rows), new AbortController().signal)
const carried = process.argv[2]
if (carried !== undefined) cpSync(folder, path.join(carried, path.basename(folder)), { recursive: true })
process.stdout.write(`${folder}\n`)
