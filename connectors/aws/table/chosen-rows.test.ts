import { expect, test } from 'bun:test'
import { chosenRows } from './chosen-rows.ts'
import { rows } from './table.ts'

const typesOf = (include: readonly string[], exclude: readonly string[] = []) =>
  chosenRows({ include, exclude }).map(({ type }) => type)

test('types are chosen by patterns, and left out by others', () => {
  expect(typesOf(['*'])).toHaveLength(rows.length)
  expect(typesOf(['aws_vpc'])).toEqual(['aws_vpc'])
  expect(typesOf(['aws_vpc', 'aws_sqs_queue'], ['*queue'])).toEqual(['aws_vpc'])
})

test('a pattern of which no type is known is refused, with the nearest type', () => {
  expect(() => typesOf(['aws_sqs_queues'])).toThrow('vaino reads no type aws_sqs_queues')
  expect(() => typesOf(['*'], ['azurerm_*'])).toThrow('vaino reads no type azurerm_*')
})
