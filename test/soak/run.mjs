// npm run soak -- --minutes N [--seed S]: installs what is missing and runs the soak. Plain Node, because it must start where nothing is
// installed yet.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
// As the launcher has it.
process.env.BUN_JSC_forceRAMSize ??= '700000000'
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status ?? 1
const installed = run(process.execPath, ['cli/launcher/install.mjs', '--dev'])
process.exit(
  installed === 0 ? run('node_modules/.bin/bun', ['test/soak/soak.ts', ...process.argv.slice(2)]) : installed,
)
