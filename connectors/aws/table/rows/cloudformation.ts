import type { Row } from '../row.ts'
import { isSet } from './row-parts.ts'

export const cloudformationRows: readonly Row[] = [
  {
    type: 'aws_cloudformation_stack',
    list: { service: 'cloudformation', operation: 'DescribeStacks', next: { NextToken: 'NextToken' } },
    items: 'Stacks',
    skip: ({ StackStatus }) => StackStatus === 'DELETE_COMPLETE',
    id: '{StackId}',
    arn: '{StackId}',
    name: '{StackName}',
    metadata: ['ChangeSetId', 'DriftInformation', 'LastOperations', 'LastUpdatedTime', 'StackStatusReason'],
    // A nested stack is its outer one's.
    ambient: ({ RootId }) => (isSet(RootId) ? 'child' : null),
  },
]
