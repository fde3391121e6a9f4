import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const maxBytes = 64 * 1024 * 1024

/** What a program of the repository prints. */
const printed = (root: string, script: string): string =>
  execFileSync(process.execPath, [path.join(root, script)], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: maxBytes,
    stdio: ['ignore', 'pipe', 'inherit'],
  })

function filesBelow(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).toSorted()
  return Object.fromEntries(paths.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]))
}

/** The services in a bundle of AWS's clients, `credentials` and `http`: its files but the chunks that they share. */
const modulesOf = (bundle: string): string[] =>
  readdirSync(bundle)
    .filter((file) => file.endsWith('.js') && !file.startsWith('chunk-'))
    .toSorted()

/**
 * The text of the module that stands in the place of `runtime/carried.ts` in the one-file program. What it loads is written to a scratch folder.
 * @param root of the repository
 */
export function carriedModule(root: string, scratch: string): string {
  const [pages, estate] = ['pages.json', 'estate.json'].map((name) => path.join(scratch, name)) as [string, string]
  writeFileSync(pages, printed(root, 'web/build.ts'))
  const example = path.join(root, 'examples/estate')
  const { 'steps.json': steps } = filesBelow(example)
  const states = Object.entries(filesBelow(path.join(example, 'states')))
  writeFileSync(
    estate,
    JSON.stringify({
      'steps.json': steps,
      ...Object.fromEntries(states.map(([file, text]) => [`states/${file}`, text])),
    }),
  )
  const bundle = printed(root, 'connectors/aws/ready.ts').trim()
  const aws = modulesOf(bundle).map(
    (file) => `${JSON.stringify(path.basename(file, '.js'))}: () => import(${JSON.stringify(path.join(bundle, file))})`,
  )
  return `
export const carried = {
  workers: {
    embedded: '/$bunfs/root/pipeline/embedded/worker.js',
    kafka: '/$bunfs/root/pipeline/kafka/node/worker.js',
  },
  pages: async () => (await import(${JSON.stringify(pages)})).default,
  estate: async () => (await import(${JSON.stringify(estate)})).default,
  aws: { ${aws.join(',\n')} },
  native: (name) => (name === 'snappy' ? require('snappy') : require('lz4-napi')),
}
`
}
