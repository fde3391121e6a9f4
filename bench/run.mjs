// npm run bench -- [NAME [name=value …]]: installs what is missing and runs one benchmark, or those that need nothing else. Plain
// Node, because it must start where nothing is installed yet.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const [name, ...settings] = process.argv.slice(2)
const names = readdirSync(path.join(root, 'bench')).flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])

if (name !== undefined && !names.includes(name)) {
  console.error(`npm run bench -- NAME [name=value …], where NAME is one of: ${names.sort().join(', ')}`)
  console.error('npm run bench runs those that need no broker, cloud or cluster, in about ten minutes.')
  process.exit(2)
}
const script = name === undefined ? 'report/run-all' : name
// As the launcher has it.
process.env.BUN_JSC_forceRAMSize ??= '700000000'
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status ?? 1
const installed = run(process.execPath, ['cli/launcher/install.mjs', '--dev'])
process.exit(installed === 0 ? run('node_modules/.bin/bun', [`bench/${script}.ts`, ...settings]) : installed)
