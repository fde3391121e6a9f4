import { expect, test } from 'bun:test'
import type { Scope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { type Status, statusLines } from './status-lines.ts'
import { createPaint } from './terminal.ts'

const scope = (name: string, errors: string[] = []): ScopeStatus => ({
  scope: name as Scope,
  status: errors.length === 0 ? 'fresh' : 'failing',
  last_attempt_at: null,
  last_complete_at: null,
  last_change_at: null,
  gone_since: null,
  resources: 34,
  errors,
  warnings: [],
  attributes: {},
  held: null,
})

const status = (...scopes: ScopeStatus[]): Status => ({
  url: 'http://127.0.0.1:8420',
  sources: [],
  scopes,
  totals: {
    uptimeSeconds: 1,
    records: 0,
    changes: { r: 0, c: 0, u: 0, d: 0 },
    deadLetters: 0,
    suppressed: 0,
    deletesHeld: 0,
    scans: 0,
    scansFailed: 0,
    recordsPerSecond: 0,
    changesPerSecond: 0,
    commitP99Ms: null,
    residentBytes: 1,
  },
  problems: [],
})

const long = (stage: string) => `terraform/estate%2Fapp%2Fterraform.tfstate.d%2F${stage}%2Fterraform.tfstate/-/state`
const shown = (of: Status, columns: number) => statusLines(of, columns, 30, createPaint(false)).join('\n')

test('names of scopes, which differ at their ends, are whole where the terminal has room for them', () => {
  const wide = shown(status(scope(long('prod')), scope(long('staging'))), 110)
  expect(wide).toContain(long('prod'))
  expect(wide).toContain(long('staging'))
  for (const line of shown(status(scope(long('prod'))), 60).split('\n')) expect(line.length).toBeLessThan(60)
})

test('beside a name there is room for what is wrong', () => {
  expect(shown(status(scope(long('prod'), ['infra/app.tfstate ends in the middle'])), 100)).toContain(
    'infra/app.tfstate ends in the middle',
  )
})

test('hundreds of scopes on a narrow terminal: what fails says in what type and why, and those that hold something come before the empty ones', () => {
  const failing = 'account 111122223333 in eu-west-1: rds:DescribeOptionGroups failed: HTTP 500'
  const empty = Array.from({ length: 200 }, (_, n) => ({
    ...scope(`aws/111122223333/eu-west-1/aws_empty_${n}`),
    resources: 0,
  }))
  const lines = shown(
    status(
      ...empty,
      scope('aws/111122223333/eu-west-1/aws_sqs_queue'),
      scope('aws/111122223333/eu-west-1/aws_db_option_group', [failing]),
    ),
    80,
  ).split('\n')
  expect(lines.find((line) => line.includes('failing'))).toMatch(
    /…\S*aws_db_option_group +failing +34 +rds:DescribeOptionGroups f/,
  )
  expect(lines.find((line) => line.includes('fresh'))).toContain('aws_sqs_queue')
})
