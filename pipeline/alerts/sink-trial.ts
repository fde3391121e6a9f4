import type { AlertItem } from './alert.ts'
import { type AlertMessage, shortHash, testMessage } from './message.ts'
import type { RouteConfig } from './routes-schema.ts'
import { rendered } from './template.ts'

interface TemplatedRoute {
  readonly name: string
  readonly group_by: RouteConfig['group_by']
  readonly template: NonNullable<RouteConfig['template']>
}

/** The same in a route's own words, about a thing that isn't there, so that its fields have something to show. */
function testOfRoute({ name, group_by, template }: TemplatedRoute, sink: string, nowMs: number): AlertMessage {
  const at = new Date(nowMs).toISOString()
  const scope = 'aws/111122223333/eu-west-1/aws_security_group'
  const item: AlertItem = {
    ...{ source: 'drift', subject: 'example', event: 'open', at, severity: 'low', owner: 'example', scope },
    ...{ key: `${scope}/sg-example`, type: 'aws_security_group', name: 'aws_security_group.example' },
    ...{ provider: 'aws', account: '111122223333', region: 'eu-west-1', namespace: null },
    ...{ status: 'changed', tier: 'since_apply', replaced: false, op: null, condition: null, actor: 'nobody' },
    ...{ fields: [{ path: 'description', before: '"a"', after: '"b"' }], omitted: 0 },
    ...{ message: null, duration_seconds: null },
  }
  const labels = Object.fromEntries(group_by.map((of) => [of, String(item[of] ?? '')]))
  const message = { ...testMessage(sink, nowMs), id: shortHash('test', sink, name, nowMs), route: name, labels }
  const said = rendered(template, { ...message, items: [item] })
  return { ...said, title: said.title === message.title ? message.title : `Test: ${said.title}` }
}

/**
 * What is sent to try a sink: a message for each route that writes to it in words of its own, and a plain one where others do, or none.
 */
export function testMessages(sink: string, routes: readonly RouteConfig[], nowMs: number): readonly AlertMessage[] {
  const leading = routes
    .map((route, at) => ({ ...route, name: route.name ?? `route-${at + 1}` }))
    .filter(({ to }) => to.includes(sink))
  const own = leading.flatMap(({ name, group_by, template }) =>
    template === undefined ? [] : [testOfRoute({ name, group_by, template }, sink, nowMs)],
  )
  return own.length > 0 && own.length === leading.length ? own : [testMessage(sink, nowMs), ...own]
}
