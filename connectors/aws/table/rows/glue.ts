import type { Detail, Listing, Row } from '../row.ts'

const paged = (operation: string, more: Partial<Listing> = {}): Listing => ({
  service: 'glue',
  operation,
  next: { NextToken: 'NextToken' },
  ...more,
  input: { MaxResults: 100, ...more.input },
})

const databases = paged('GetDatabases')

const tagsOf = (arn: string): Detail => ({
  operation: 'GetTags',
  input: { ResourceArn: arn },
  take: 'Tags',
  as: 'Tags',
  mayBeAbsent: true,
})

const arnOf = (path: string): string => `arn:{$partition}:glue:{$region}:{$account}:${path}`

export const glueRows: readonly Row[] = [
  {
    type: 'aws_glue_job',
    list: paged('GetJobs'),
    items: 'Jobs',
    details: [tagsOf(arnOf('job/{Name}'))],
    gone: ['EntityNotFoundException'],
    id: '{Name}',
    arn: arnOf('job/{Name}'),
    name: '{Name}',
    metadata: ['LastModifiedOn'],
  },
  {
    type: 'aws_glue_catalog_database',
    list: databases,
    items: 'DatabaseList',
    details: [tagsOf(arnOf('database/{Name}'))],
    gone: ['EntityNotFoundException'],
    id: '{CatalogId}:{Name}',
    arn: arnOf('database/{Name}'),
    name: '{Name}',
    ambient: ({ Name }) => (Name === 'default' ? 'default' : null),
  },
  {
    type: 'aws_glue_catalog_table',
    list: paged('GetTables', {
      input: { DatabaseName: '{$parent.Name}' },
      parents: { list: databases, items: 'DatabaseList' },
      absent: ['EntityNotFoundException'],
    }),
    items: 'TableList',
    id: '{CatalogId}:{DatabaseName}:{Name}',
    arn: arnOf('table/{DatabaseName}/{Name}'),
    name: '{Name}',
    // Crawlers and writers of data move these all the time.
    metadata: ['LastAccessTime', 'LastAnalyzedTime', 'UpdateTime', 'VersionId'],
  },
]
