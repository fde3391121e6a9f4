import type { Row } from '../row.ts'

export const codebuildRows: readonly Row[] = [
  {
    type: 'aws_codebuild_project',
    list: { service: 'codebuild', operation: 'ListProjects', next: { nextToken: 'nextToken' } },
    items: 'projects',
    as: 'name',
    batches: [
      {
        operation: 'BatchGetProjects',
        ids: { member: 'names', each: '{name}' },
        size: 100,
        answers: 'projects',
        key: '{name}',
      },
    ],
    id: '{arn}',
    arn: '{arn}',
    name: '{name}',
    tags: 'tags',
    metadata: ['lastModified', 'webhook.lastModifiedSecret'],
  },
]
