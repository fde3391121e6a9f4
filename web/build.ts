// Builds the pages from their sources and prints their files as JSON, name → text. Bun's bundler does it, so this runs in a Bun of its own:
// the server starts it when a page is first asked for (api/pages.ts), on Deno too, and keeps none of the bundler's memory.
//
//   bun web/build.ts

import { fileURLToPath } from 'node:url'
import { type BuildArtifact, type BunPlugin, build } from 'bun'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** virtua is written for React; Preact's own layer stands in for it. */
const preactForReact: BunPlugin = {
  name: 'preact-for-react',
  setup(building) {
    building.onResolve({ filter: /^react(-dom|\/jsx-runtime)?$/ }, ({ path }) => ({
      path: fileURLToPath(import.meta.resolve(path === 'react/jsx-runtime' ? 'preact/jsx-runtime' : 'preact/compat')),
    }))
  },
}

async function built(
  entrypoints: readonly string[],
  define: Readonly<Record<string, string>>,
): Promise<BuildArtifact[]> {
  const { outputs } = await build({
    entrypoints: entrypoints.map(here),
    minify: true,
    target: 'browser',
    plugins: [preactForReact],
    define: { 'process.env.NODE_ENV': '"production"', ...define },
    // Beside the pages, so that their addresses are relative whatever path prefix a proxy gives them.
    naming: { entry: '[name].[ext]', chunk: 'web/[name]-[hash].[ext]', asset: 'web/[name]-[hash].[ext]' },
  })
  return outputs
}

const textsOf = (outputs: readonly BuildArtifact[]) =>
  Promise.all(outputs.map(async (file) => [file.path.replace(/^\.\//, ''), await file.text()] as const))

const [worker] = await built(['./app/stream/worker.ts'], {})
if (worker === undefined) throw new Error('the worker was not built')
const workerName = `web/stream-${worker.hash}.js`
const pages = await built(['./index.html', './docs.html'], { STREAM_WORKER: JSON.stringify(workerName) })
process.stdout.write(JSON.stringify(Object.fromEntries([[workerName, await worker.text()], ...(await textsOf(pages))])))
