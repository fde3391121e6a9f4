import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The files of `web/` that are served, by path. A list, so that no path of a request ever names a file. */
const files = {
  '/': 'index.html',
  '/docs': 'docs.html',
  '/favicon.ico': 'icon.svg',
  '/web/icon.svg': 'icon.svg',
  '/web/style.css': 'style.css',
  '/web/page.js': 'page.js',
  '/web/docs.js': 'docs.js',
  '/web/api-client.js': 'api-client.js',
  '/web/change-row.js': 'change-row.js',
  '/web/drift-list.js': 'drift-list.js',
  '/web/drift-row.js': 'drift-row.js',
  '/web/element.js': 'element.js',
  '/web/event-stream.js': 'event-stream.js',
  '/web/schema-text.js': 'schema-text.js',
  '/web/scope-row.js': 'scope-row.js',
  '/web/text.js': 'text.js',
  '/web/trouble.js': 'trouble.js',
} as const
export type PagePath = keyof typeof files
export const pagePaths = Object.keys(files) as readonly PagePath[]

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const

/** Nothing but our own files, no inline script or style, and no frame around them. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Answers with a file of the package; it is read once. */
export function createPages(): (path: PagePath, ifNoneMatch: string | null) => Response {
  const read = new Map<PagePath, { readonly body: Buffer<ArrayBuffer>; readonly headers: Record<string, string> }>()
  const load = (path: PagePath) => {
    const name = files[path]
    const body = readFileSync(new URL(`../web/${name}`, import.meta.url))
    const type = types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types]
    const headers = {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': contentSecurityPolicy,
      'cache-control': 'no-cache',
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    }
    const loaded = { body, headers }
    read.set(path, loaded)
    return loaded
  }
  return (path, ifNoneMatch) => {
    const { body, headers } = read.get(path) ?? load(path)
    if (ifNoneMatch === headers.etag) return new Response(null, { status: 304, headers })
    return new Response(body, { headers })
  }
}
