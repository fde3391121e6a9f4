import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runGo, sourceHash } from '../go.ts'
import { cacheFolder, madeOnce } from '../made-once.ts'

/** Cold: 90 MB to fetch and 9 CPU minutes to compile. */
const buildTimeoutMs = 1_800_000
const kubernetesVersion = '1.37.2'

/** What the server says of itself at `/version`. */
const stamp = Object.entries({ gitVersion: `v${kubernetesVersion}`, gitMajor: '1', gitMinor: '37' })
  .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  .join(' ')

const module = fileURLToPath(new URL('apiserver', import.meta.url))

/** @param folder the program's, in the module; what else the module has doesn't count as its source */
function built(name: string, folder: string): string {
  const sources = readdirSync(path.join(module, folder)).filter((file) => file.endsWith('.go'))
  const files = [...sources.map((file) => path.join(folder, file)), 'go.mod', 'go.sum']
  const hash = sourceHash(files.map((file) => path.join(module, file)))
  const made = madeOnce(path.join(cacheFolder, `${name}-${kubernetesVersion}-${hash}`), (partial) =>
    runGo(
      module,
      ['build', '-trimpath', '-ldflags', `-s -w ${stamp}`, '-o', path.join(partial, name), `./${folder}`],
      buildTimeoutMs,
    ),
  )
  return path.join(made, name)
}

let server: string | undefined

/**
 * A Kubernetes API server with its etcd in one binary; Go builds it the first time. Its name is the field manager of what it makes
 * itself.
 */
export function kubeApiserver(): string {
  server ??= built('kube-apiserver', '.')
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${kubeApiserver()}\n`)
