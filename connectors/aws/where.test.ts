import { expect, test } from 'bun:test'
import { parseWhere } from './where.ts'

test.each([
  ['', { kind: 'default' }],
  ['ops', { kind: 'profile', profile: 'ops' }],
  ['Prod Admin/eu', { kind: 'profile', profile: 'Prod Admin/eu' }],
  ['arn:aws:iam::111122223333:role/a/b', { kind: 'role', arn: 'arn:aws:iam::111122223333:role/a/b' }],
  ['arn:aws-cn:iam::111122223333:role/x', { kind: 'role', arn: 'arn:aws-cn:iam::111122223333:role/x' }],
] as const)('aws:%s', (text, where) => {
  expect(parseWhere(text)).toEqual(where)
})

test.each([
  ['arn:aws:iam::1111:role/x', 'not the ARN of a role'],
  ['arn:aws:iam::111122223333:user/x', 'not the ARN of a role'],
  ['111122223333', 'says nothing of how it is reached'],
  ['a\nb', 'not the name of a profile'],
])('aws:%s can’t be meant', (text, said) => {
  expect(() => parseWhere(text)).toThrow(said)
})
