import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { VainoError } from '../model/errors.ts'
import { carried } from '../runtime/carried.ts'
import { bunExecutable } from '../runtime/runtime.ts'

/** The pages of the application, each one segment deep so that relative addresses hold below any prefix, and what they load. */
export const pagePaths = [
  ...[
    '/',
    '/drift',
    '/changes',
    '/resources',
    '/resource',
    '/scopes',
    '/compare',
    '/suppressed',
    '/deadletters',
    '/settings',
  ],
  ...['/docs', '/favicon.ico', '/web/:file'],
] as const

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const

/** Nothing but our own files, no inline script or style, no frame around them; text becomes a script's address in one place alone. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vaino"

interface File {
  readonly body: Buffer<ArrayBuffer>
  readonly compressed: Buffer<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}
type Files = ReadonlyMap<string, File>

const run = promisify(execFile)
const builtFiles = z.record(z.string(), z.string())
/** The bundle has under 1 MB. */
const maxBytes = 32 * 1024 * 1024
const maxBuildMs = 60_000

function fileOf(name: string, text: string): File {
  const body = Buffer.from(text)
  const type = types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types]
  // A name that holds its content's hash never means other content.
  const isHashed = name.startsWith('web/')
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': contentSecurityPolicy,
    'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    vary: 'Accept-Encoding',
  }
  return { body, compressed: gzipSync(body, { level: 9 }), headers }
}

/** The pages that the one-file program carries, or those built from their sources. */
const made = async (): Promise<Files> =>
  new Map(
    Object.entries(carried === null ? await build() : await carried.pages()).map(([name, text]) => [
      name,
      fileOf(name, text),
    ]),
  )

/** Builds the pages from their sources, in a process of its own: 0.2 s, once, when a page is first asked for. */
async function build(): Promise<Readonly<Record<string, string>>> {
  const script = fileURLToPath(new URL('../web/build.ts', import.meta.url))
  try {
    // Bun would read the bunfig.toml of the folder in which the user stands.
    const options = { cwd: dirname(script), maxBuffer: maxBytes, timeout: maxBuildMs }
    const { stdout } = await run(bunExecutable(), ['--no-env-file', '--no-install', script], options)
    return builtFiles.parse(JSON.parse(stdout))
  } catch (error) {
    throw new VainoError('not_ready', 'The pages could not be built from their sources', {
      hint: 'Everything else of the API works. `bun web/build.ts`, where vaino is installed, says why.',
      cause: error,
    })
  }
}

let building: Promise<Files> | null = null
/** The files, made once a process; where that fails, the next request tries again. */
function built(): Promise<Files> {
  building ??= made().catch((error: unknown) => {
    building = null
    throw error
  })
  return building
}

/** What a path of a request stands for; a list, so that no path ever names a file of ours. */
function nameIn(files: Files, path: string): string | undefined {
  if (path === '/docs') return 'docs.html'
  if (path === '/favicon.ico') return [...files.keys()].find((name) => name.startsWith('web/icon-'))
  if (path.startsWith('/web/')) return path.slice(1)
  return 'index.html'
}

/** Answers with a page or one of its files; null where there is no such file. */
export async function answerPage(path: string, asked: Headers): Promise<Response | null> {
  const files = await built()
  const file = files.get(nameIn(files, path) ?? '')
  if (file === undefined) return null
  const { body, compressed, headers } = file
  if (asked.get('if-none-match') === headers.etag) return new Response(null, { status: 304, headers })
  const takesGzip = /\bgzip\b/.test(asked.get('accept-encoding') ?? '')
  return takesGzip
    ? new Response(compressed, { headers: { ...headers, 'content-encoding': 'gzip' } })
    : new Response(body, { headers })
}
