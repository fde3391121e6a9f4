import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BunPlugin, build } from 'bun'
import { carriedModule } from './carried-module.ts'

export interface Target {
  readonly name: 'linux-x64' | 'linux-arm64'
  /** Bun for that target; null: the one that runs this. */
  readonly bun: string | null
}

/** The program, and what its threads run. */
const entries = ['cli/main.ts', 'pipeline/embedded/worker.ts', 'pipeline/kafka/node/worker.ts']

/**
 * Makes the one-file program: runtime, code, packages, pages, example and AWS's clients.
 * @param root of the repository, with the packages of the target in `node_modules`
 * @throws AggregateError with what the bundler found
 */
export async function makeProgram(root: string, { name, bun }: Target, outfile: string): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'vaino-program-'))
  try {
    const text = carriedModule(root, scratch)
    const place: BunPlugin = {
      name: 'carried',
      setup(building) {
        building.onLoad({ filter: /\/runtime\/carried\.ts$/ }, () => ({ contents: text, loader: 'js' }))
      },
    }
    await build({
      entrypoints: entries.map((entry) => path.join(root, entry)),
      root,
      target: 'bun',
      splitting: true,
      minify: true,
      plugins: [place],
      compile: {
        target: `bun-${name}`,
        outfile,
        // A .env, a bunfig.toml or a package.json of the folder in which somebody stands is not vaino's.
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
        ...(bun === null ? {} : { executablePath: bun }),
      },
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
