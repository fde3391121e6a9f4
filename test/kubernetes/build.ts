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

const here = (folder: string): string => fileURLToPath(new URL(folder, import.meta.url))

/**
 * A program on the modules of this version of Kubernetes; Go builds it the first time.
 * @param module the folder of its Go module
 */
export function goProgram(name: string, module: string, linkerFlags = ''): string {
  const files = [...readdirSync(module).filter((file) => file.endsWith('.go')), 'go.mod', 'go.sum']
  const hash = sourceHash(files.map((file) => path.join(module, file)))
  const made = madeOnce(path.join(cacheFolder, `${name}-${kubernetesVersion}-${hash}`), (partial) =>
    runGo(
      module,
      ['build', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`, '-o', path.join(partial, name), './.'],
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
  server ??= goProgram('kube-apiserver', here('apiserver'), stamp)
  return server
}

/** Renders charts by Helm's own library, as `helm template` does: a chart's folder, and a file of values. Go builds it the first time. */
export const helmTemplate = (): string => goProgram('helm-template', here('helm'))

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${kubeApiserver()}\n`)
