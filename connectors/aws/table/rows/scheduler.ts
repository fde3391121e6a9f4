import type { Listing, Row } from '../row.ts'
import { detail } from './row-parts.ts'

const paged = (operation: string): Listing => ({
  service: 'scheduler',
  operation,
  input: { MaxResults: 100 },
  next: { NextToken: 'NextToken' },
})

export const schedulerRows: readonly Row[] = [
  {
    type: 'aws_scheduler_schedule',
    list: paged('ListSchedules'),
    items: 'Schedules',
    details: [{ operation: 'GetSchedule', input: { Name: '{Name}', GroupName: '{GroupName}' } }],
    gone: ['ResourceNotFoundException'],
    id: '{GroupName}/{Name}',
    arn: '{Arn}',
    name: '{Name}',
    metadata: ['LastModificationDate'],
  },
  {
    type: 'aws_scheduler_schedule_group',
    list: paged('ListScheduleGroups'),
    items: 'ScheduleGroups',
    skip: ({ State }) => State === 'DELETING',
    details: [{ ...detail('ListTagsForResource', { ResourceArn: '{Arn}' }, 'Tags', 'Tags'), mayBeAbsent: true }],
    gone: ['ResourceNotFoundException'],
    id: '{Name}',
    arn: '{Arn}',
    name: '{Name}',
    metadata: ['LastModificationDate', 'State'],
    ambient: ({ Name }) => (Name === 'default' ? 'default' : null),
  },
]
