import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { repository } from '../lanes.ts'
import { readTree, type SourceFile } from './tree.ts'

/**
 * What every module exports, as the compiler sees it.
 * @param project the folder with the `tsconfig.json`
 */
export function declarationsOf(project: string): SourceFile[] {
  const out = mkdtempSync(path.join(os.tmpdir(), 'declarations-'))
  try {
    const tsc = path.join(repository, 'node_modules/.bin/tsc')
    const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', out, '--rootDir', project]
    // Type errors are another check's business; the declarations are written all the same.
    execFileSync('sh', ['-c', '"$@" >&2 || true', 'sh', tsc, '-p', project, ...flags], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return readTree(out).map((file) => ({ ...file, path: file.path.replace(/\.d\.ts$/, '.ts') }))
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}
