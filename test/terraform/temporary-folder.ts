import { mkdir, mkdtemp, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** Writes a file as one that has been there for a while, its folders too; returns its path. */
  write(name: string, content: string | Uint8Array): Promise<string>
  /** Puts a file in the place of another in one step, as careful writers do. */
  replace(name: string, content: string | Uint8Array): Promise<void>
}

/** A folder of its own for a test, removed afterwards with all that is in it. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'vaino-test-')))
  return {
    path,
    async write(name, content) {
      const file = join(path, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
      await age(file)
      return file
    },
    async replace(name, content) {
      const file = join(path, name)
      await writeFile(`${file}.new`, content)
      await age(`${file}.new`)
      await rename(`${file}.new`, file)
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** A file that was written this very moment is not read yet: it may still be written. */
const age = (file: string): Promise<void> => {
  const before = new Date(Date.now() - 60_000)
  return utimes(file, before, before)
}
