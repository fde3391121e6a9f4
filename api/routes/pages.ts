import { errorCodes, VainoError } from '../../model/errors.ts'
import type { ApiContext } from '../api-context.ts'
import { answerPage, pagePaths } from '../pages.ts'
import type { ApiHono } from '../route.ts'
import { baseOf } from '../site.ts'

/** What the OpenAPI document says of the API as a whole. */
const documentHead = (version: string, url: string) => ({
  openapi: '3.1.0',
  servers: [{ url }],
  info: {
    title: 'vaino',
    version,
    description:
      'What is there now, and what changed: the current state, snapshots and history of the watched infrastructure, and the stream of its changes. Times are RFC 3339 UTC. Every error is a problem document (RFC 9457) that says what to do.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  tags: [
    { name: 'State', description: 'What is there now, or was at some time.' },
    { name: 'Changes', description: 'What changed.' },
    { name: 'Drift', description: 'What differs from the Terraform states.' },
    { name: 'Scopes', description: 'What is watched.' },
    { name: 'Input', description: 'Sending records.' },
    { name: 'Operations', description: 'Running it.' },
  ],
  /** What the `type` of a problem points to. */
  'x-problems': errorCodes.map((code) => {
    const { status, title } = new VainoError(code, '')
    return { code, status, title }
  }),
})

/** The pages, their files, and the document; they hold no data, so nobody needs a token for them. */
export function pageRoutes(app: ApiHono, { version, site }: ApiContext): void {
  for (const path of pagePaths)
    app.get(path, async (c) => {
      const asked = path.replace(':file', c.req.param('file') ?? '')
      return (await answerPage(asked, c.req.raw.headers)) ?? c.notFound()
    })

  let text: string | null = null
  app.get('/openapi.json', () => {
    text ??= JSON.stringify(app.getOpenAPI31Document(documentHead(version, baseOf(site))))
    return new Response(text, { headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' } })
  })
}
