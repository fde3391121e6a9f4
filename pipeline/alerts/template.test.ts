import { expect, test } from 'bun:test'
import { alertsSchema } from '../config/alerts-schema.ts'
import type { AlertItem } from './alert.ts'
import { type AlertMessage, testMessage } from './message.ts'
import { linesOf } from './sinks/text.ts'
import { rendered, templateProblem } from './template.ts'

const item: AlertItem = {
  ...{
    source: 'drift',
    subject: 's',
    event: 'open',
    at: '',
    severity: 'high',
    owner: null,
    scope: 'terraform/app/-/state',
  },
  ...{ key: null, type: 'aws_sqs_queue', name: 'jobs {title}', provider: 'aws', account: null, region: null },
  ...{ namespace: null, status: 'changed', tier: 'state', replaced: false, op: null, condition: null },
  ...{ actor: { arn: 'arn:eve' }, fields: [], omitted: 0, message: null, duration_seconds: null },
}
const message: AlertMessage = {
  ...testMessage('ops', 0),
  severity: 'high',
  labels: { scope: 'a/b' },
  items: [item],
  title: 'T',
}

test('a template is filled in once, and what has no such property is empty', () => {
  const title = '[{severity}] {first.name}\nby {first.actor}{first.owner} {{in} {group.scope}{group.type}: {title}'
  const said = rendered({ title, text: 'see {first.type}\n{lines}' }, message)
  expect(said.title).toBe('[high] jobs {title} by arn:eve {in} a/b: T')
  expect(linesOf(said, 1_000)).toEqual(['see aws_sqs_queue', ...linesOf(message, 1_000)])
  expect(linesOf(said, 8)).toEqual(['see aws…'])
  expect(rendered({ title: '{lines}'.repeat(100) }, message).title.length).toBeLessThanOrEqual(300)
})

test('a field that there is none of is refused with the configuration, and the nearest is named', () => {
  const problemOf = (title: string) => {
    const routes = [{ to: 'ops', template: { title } }]
    const issue = alertsSchema.safeParse({ sinks: { ops: 'webhook:http://127.0.0.1:1' }, routes }).error?.issues[0]
    return issue === undefined ? null : [issue.path.join('.'), issue.message]
  }
  const at = 'routes.0.template.title'
  expect(problemOf('{first.nam}')).toEqual([at, '{first.nam} is no field of a message: did you mean {first.name}?'])
  expect(problemOf('{constructor}')?.[1]).toStartWith(
    '{constructor} is no field of a message: there are title, lines, ',
  )
  expect(problemOf('{title')).toEqual([at, '{title has no } behind it; a brace is written {{'])
  expect(problemOf('{title} {{brace} }')).toBeNull()
  expect(templateProblem('no field')).toBeNull()
})
