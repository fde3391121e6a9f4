import { codeOnly } from './code-only.ts'
import { type Import, importsOf } from './imports.ts'
import { everyMatch, isShipped, type SourceFile, type Violation } from './tree.ts'

/** Which layers a layer's code may use; `types` where only their interfaces may be. */
const mayUse: Readonly<Record<string, { readonly all: readonly string[]; readonly types?: readonly string[] }>> = {
  // All in which Bun and Deno differ; it imports nothing of ours, so every layer may import it.
  runtime: { all: [] },
  model: { all: ['runtime'] },
  operators: { all: ['runtime', 'model'] },
  storage: { all: ['runtime', 'model'] },
  connectors: { all: ['runtime', 'model'] },
  pipeline: { all: ['runtime', 'model', 'operators', 'storage', 'connectors'] },
  // The parser of server-sent events is the page's; the API's tests and the CLI read streams by it.
  api: { all: ['runtime', 'model', 'pipeline', 'web'], types: ['storage'] },
  // `vaino up` starts the API over an engine.
  cli: { all: ['runtime', 'model', 'pipeline', 'api', 'web'], types: ['storage', 'connectors'] },
  // The shapes of answers are the API's own.
  web: { all: [], types: ['api'] },
}

/** Packages that stay in one place, so that they can be changed in one place. */
const placesOf: Readonly<Record<string, readonly string[]>> = {
  rxjs: ['operators/', 'pipeline/'],
  pino: ['pipeline/telemetry/'],
  'prom-client': ['pipeline/telemetry/'],
  hono: ['api/'],
  '@hono/node-server': ['runtime/'],
  '@hono/zod-openapi': ['api/'],
  commander: ['cli/'],
  // Behind the port in connectors/kafka/broker/.
  kafkajs: ['connectors/kafka/kafkajs/'],
  'node:sqlite': ['storage/'],
}

const layerOf = (file: string): string => file.split('/')[0] ?? ''

/** The files of the one system that a connector's file belongs to, and what all connectors share. */
const isSameConnector = (from: string, to: string): boolean => {
  const [, system, ...rest] = to.split('/')
  return rest.length === 0 || system === 'calls' || system === from.split('/')[1]
}

/** An implementation behind a port is imported by its own files, and by the one file that binds it. */
const behindPort = { folder: 'connectors/kafka/kafkajs/', boundIn: 'connectors/kafka/kafka.ts' } as const
const isPastPort = (from: string, to: string): boolean =>
  to.startsWith(behindPort.folder) && !from.startsWith(behindPort.folder) && from !== behindPort.boundIn

function problemOf(file: SourceFile, { target, isOurs, isType }: Import): string | null {
  if (!isOurs) {
    const places = placesOf[target]
    if (target.startsWith('bun:')) return `${target} is Bun's alone`
    return places && !places.some((place) => file.path.startsWith(place))
      ? `${target} stays in ${places.join(', ')}`
      : null
  }
  const [from, to] = [layerOf(file.path), layerOf(target)]
  if (isPastPort(file.path, target)) return `only ${behindPort.boundIn} imports ${target}`
  if (from === to) {
    if (from === 'connectors' && !isSameConnector(file.path, target)) return `a connector imports another: ${target}`
    return null
  }
  const allowed = mayUse[from]
  if (allowed?.all.includes(to) || (isType && allowed?.types?.includes(to))) return null
  if (target === 'package.json') return null
  return allowed?.types?.includes(to)
    ? `${from} may import only types of ${to}: ${target}`
    : `${from} imports ${target}`
}

/** Each layer uses only what lies under it. */
export const layerViolations = (files: readonly SourceFile[]): Violation[] =>
  files.filter(isShipped).flatMap((file) =>
    importsOf(file).flatMap((one) => {
      const problem = problemOf(file, one)
      return problem === null ? [] : [{ path: file.path, line: one.line, problem }]
    }),
  )

const impureModules =
  /^node:(fs|net|http|https|http2|tls|dns|dgram|child_process|worker_threads|os|process|timers|readline|sqlite)/
const impureCalls =
  /\bDate\.now\(|\bnew Date\(\s*\)|\bperformance\.now\(|\bMath\.random\(|\bfetch\(|\bset(?:Timeout|Interval|Immediate)\(|\bprocess\./

/** The model is the same whatever the time, the machine and the day: it does no I/O and reads no clock. */
export const purityViolations = (files: readonly SourceFile[]): Violation[] =>
  files
    .filter((file) => isShipped(file) && file.path.startsWith('model/'))
    .flatMap((file) => [
      ...importsOf(file)
        .filter(({ target }) => impureModules.test(target))
        .map(({ target, line }) => ({ path: file.path, line, problem: `the model imports ${target}` })),
      ...everyMatch(file, codeOnly(file.text), impureCalls, (match) => `the model is pure: ${match}`),
    ])
