// Makes AWS's clients ready before anybody waits for them: for tests, and for what is shipped. Prints the folder.
import { bundleFolder } from './sdk/bundle.ts'
import { operationsOf, rows } from './table/table.ts'

process.stdout.write(`${await bundleFolder(operationsOf(rows), new AbortController().signal)}\n`)
