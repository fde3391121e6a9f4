import type { Row } from '../row.ts'
import { detail } from './row-parts.ts'

/** Step Functions. */
export const statesRows: readonly Row[] = [
  {
    type: 'aws_sfn_state_machine',
    list: {
      service: 'states',
      operation: 'ListStateMachines',
      input: { maxResults: 1000 },
      next: { nextToken: 'nextToken' },
    },
    items: 'stateMachines',
    details: [
      { operation: 'DescribeStateMachine', input: { stateMachineArn: '{stateMachineArn}' } },
      detail('ListTagsForResource', { resourceArn: '{stateMachineArn}' }, 'tags', 'tags'),
    ],
    gone: ['StateMachineDoesNotExist', 'ResourceNotFound'],
    id: '{stateMachineArn}',
    arn: '{stateMachineArn}',
    name: '{name}',
    tags: 'tags',
    metadata: ['revisionId', 'status'],
  },
]
