import type { Listing, Row } from '../row.ts'
import { detail } from './row-parts.ts'

const repositories: Listing = {
  service: 'ecr',
  operation: 'DescribeRepositories',
  input: { maxResults: 1000 },
  next: { nextToken: 'nextToken' },
}

/** A part of a repository that Terraform has as a type of its own, with the repository's name as its id. */
const part = (type: string, operation: string, take: string, absent: string): Row => ({
  type,
  list: repositories,
  items: 'repositories',
  keep: ['repositoryName'],
  details: [
    {
      operation,
      input: { repositoryName: '{repositoryName}' },
      take,
      as: 'policy',
      absent: [absent],
      isTheThing: true,
    },
  ],
  gone: ['RepositoryNotFoundException'],
  id: '{repositoryName}',
  name: '{repositoryName}',
})

export const ecrRows: readonly Row[] = [
  {
    type: 'aws_ecr_repository',
    list: repositories,
    items: 'repositories',
    details: [detail('ListTagsForResource', { resourceArn: '{repositoryArn}' }, 'tags', 'tags')],
    gone: ['RepositoryNotFoundException'],
    id: '{repositoryName}',
    arn: '{repositoryArn}',
    name: '{repositoryName}',
    tags: 'tags',
  },
  part('aws_ecr_repository_policy', 'GetRepositoryPolicy', 'policyText', 'RepositoryPolicyNotFoundException'),
  part('aws_ecr_lifecycle_policy', 'GetLifecyclePolicy', 'lifecyclePolicyText', 'LifecyclePolicyNotFoundException'),
]
