import type { JsonObject } from '../../../../model/json.ts'
import type { Listing, Row } from '../row.ts'
import { detail, isSet, textOf } from './row-parts.ts'

const buses: Listing = {
  service: 'events',
  operation: 'ListEventBuses',
  input: { Limit: 100 },
  next: { NextToken: 'NextToken' },
}

const rules: Listing = {
  service: 'events',
  operation: 'ListRules',
  input: { EventBusName: '{$parent.Name}', Limit: 100 },
  next: { NextToken: 'NextToken' },
  parents: { list: buses, items: 'EventBuses' },
  absent: ['ResourceNotFoundException'],
}

/** Terraform leaves out the bus that each account has. */
const onBus = (bus: string, rest: string, separator: string): string =>
  bus === 'default' ? rest : `${bus}${separator}${rest}`

const parentOf = ({ $parent }: JsonObject): JsonObject => $parent as JsonObject

/** Rules that a service of AWS made, and only it can change. */
const isOfService = ({ ManagedBy }: JsonObject): boolean => isSet(ManagedBy)

export const eventsRows: readonly Row[] = [
  {
    type: 'aws_cloudwatch_event_bus',
    list: buses,
    items: 'EventBuses',
    details: [detail('ListTagsForResource', { ResourceARN: '{Arn}' }, 'Tags', 'Tags')],
    gone: ['ResourceNotFoundException'],
    id: '{Name}',
    arn: '{Arn}',
    name: '{Name}',
    metadata: ['LastModifiedTime'],
    ambient: ({ Name }) => (Name === 'default' ? 'default' : null),
  },
  {
    type: 'aws_cloudwatch_event_rule',
    list: rules,
    items: 'Rules',
    details: [detail('ListTagsForResource', { ResourceARN: '{Arn}' }, 'Tags', 'Tags')],
    gone: ['ResourceNotFoundException'],
    id: (item) => onBus(textOf(item, 'EventBusName'), textOf(item, 'Name'), '/'),
    arn: '{Arn}',
    name: '{Name}',
    ambient: (item) => (isOfService(item) ? 'child' : null),
  },
  {
    type: 'aws_cloudwatch_event_target',
    list: {
      service: 'events',
      operation: 'ListTargetsByRule',
      input: { Rule: '{$parent.Name}', EventBusName: '{$parent.EventBusName}', Limit: 100 },
      next: { NextToken: 'NextToken' },
      parents: { list: rules, items: 'Rules' },
      absent: ['ResourceNotFoundException'],
    },
    items: 'Targets',
    id: (item) => {
      const rule = parentOf(item)
      return onBus(textOf(rule, 'EventBusName'), `${textOf(rule, 'Name')}-${textOf(item, 'Id')}`, '-')
    },
    name: '{Id}',
    ambient: (item) => (isOfService(parentOf(item)) ? 'child' : null),
  },
]
