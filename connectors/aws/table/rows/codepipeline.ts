import type { Row } from '../row.ts'
import { detail } from './row-parts.ts'

export const codepipelineRows: readonly Row[] = [
  {
    type: 'aws_codepipeline',
    list: {
      service: 'codepipeline',
      operation: 'ListPipelines',
      input: { maxResults: 100 },
      next: { nextToken: 'nextToken' },
    },
    items: 'pipelines',
    details: [
      detail('GetPipeline', { name: '{name}' }, 'pipeline'),
      {
        operation: 'ListTagsForResource',
        input: { resourceArn: 'arn:{$partition}:codepipeline:{$region}:{$account}:{name}' },
        next: { nextToken: 'nextToken' },
        take: 'tags',
        as: 'tags',
      },
    ],
    gone: ['PipelineNotFoundException', 'ResourceNotFoundException'],
    id: '{name}',
    arn: 'arn:{$partition}:codepipeline:{$region}:{$account}:{name}',
    name: '{name}',
    tags: 'tags',
    metadata: ['updated'],
  },
]
