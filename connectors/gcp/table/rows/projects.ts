import type { Row } from '../row.ts'
import { defaults, listed } from './row-parts.ts'

export const projectRows: readonly Row[] = [
  {
    type: 'google_project',
    list: {
      api: 'cloudresourcemanager',
      path: 'v3/projects/{$project}',
      items: 'projectId',
      single: true,
      permission: 'resourcemanager.projects.get',
    },
    assets: ['cloudresourcemanager.googleapis.com/Project'],
    id: (_, { $project }) => `projects/${$project}`,
    name: ({ displayName }) => (typeof displayName === 'string' ? displayName : null),
    // Its number.
    metadata: ['name'],
    // What is in it may well be written down without it: by another team, or by hand once.
    ambient: () => 'default',
  },
  {
    // Terraform has each role and each member as types of their own too; here is one thing, of which an edit is one change.
    type: 'google_project_iam_policy',
    list: {
      api: 'cloudresourcemanager',
      path: 'v3/projects/{$project}:getIamPolicy',
      items: 'bindings',
      single: true,
      permission: 'resourcemanager.projects.getIamPolicy',
      post: { options: { requestedPolicyVersion: 3 } },
    },
    assets: [],
    id: (_, { $project }) => $project,
    name: () => null,
    ambient: () => 'default',
    isPolicy: true,
  },
  {
    type: 'google_project_service',
    list: listed('serviceusage', 'v1 services', 'services', 'serviceusage.services.list', {
      query: { filter: 'state:ENABLED', pageSize: '200' },
    }),
    assets: ['serviceusage.googleapis.com/Service'],
    // It answers for what is not enabled too.
    get: null,
    id: ({ name }, { $project }) => `${$project}/${String(name).split('/').at(-1)}`,
    // What the service itself offers.
    metadata: ['config', 'parent'],
    // Enabled with every new project, or by another service.
    ambient: defaults(() => true),
  },
]
