import type { JsonObject } from '../../../../model/json.ts'
import type { Listing, Row } from '../row.ts'
import { detail } from './row-parts.ts'

const topics: Listing = { service: 'sns', operation: 'ListTopics', next: { NextToken: 'NextToken' } }
const attributes = detail('GetTopicAttributes', { TopicArn: '{TopicArn}' }, 'Attributes')
const gone = ['NotFound', 'NotFoundException', 'ResourceNotFoundException']

/** A topic has this one from its beginning: its owner may do everything. */
const isFirstPolicy = ({ Policy }: JsonObject): boolean => /"__default_policy_ID"/.test(String(Policy))

export const snsRows: readonly Row[] = [
  {
    type: 'aws_sns_topic',
    one: { item: { TopicArn: '{$id}' }, deletedBy: ['DeleteTopic'] },
    list: topics,
    items: 'Topics',
    details: [attributes, detail('ListTagsForResource', { ResourceArn: '{TopicArn}' }, 'Tags', 'Tags')],
    gone,
    id: '{TopicArn}',
    arn: '{TopicArn}',
    name: '{TopicArn:}',
    metadata: ['Policy', 'SubscriptionsConfirmed', 'SubscriptionsDeleted', 'SubscriptionsPending'],
  },
  {
    type: 'aws_sns_topic_policy',
    one: { item: { TopicArn: '{$id}' } },
    list: topics,
    items: 'Topics',
    details: [
      { ...detail('GetTopicAttributes', { TopicArn: '{TopicArn}' }, 'Attributes.Policy', 'Policy'), isTheThing: true },
    ],
    gone,
    id: '{TopicArn}',
    within: { type: 'aws_sns_topic', id: '{TopicArn}' },
    ambient: (item) => (isFirstPolicy(item) ? 'default' : null),
  },
  {
    type: 'aws_sns_topic_subscription',
    list: { service: 'sns', operation: 'ListSubscriptions', next: { NextToken: 'NextToken' } },
    items: 'Subscriptions',
    // One that was not confirmed yet, or was ended, has no name.
    skip: ({ SubscriptionArn }) => !String(SubscriptionArn).startsWith('arn:'),
    details: [detail('GetSubscriptionAttributes', { SubscriptionArn: '{SubscriptionArn}' }, 'Attributes')],
    gone,
    id: '{SubscriptionArn}',
    arn: '{SubscriptionArn}',
    metadata: ['ConfirmationWasAuthenticated', 'PendingConfirmation'],
  },
]
