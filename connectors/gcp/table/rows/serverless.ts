import type { Row } from '../row.ts'
import { listed, listedByPlace, locationsOf, pageSize } from './row-parts.ts'

/** What Cloud Run says of how it is doing. */
const ofRun = [
  ...[
    'generation',
    'observedGeneration',
    'latestReadyRevision',
    'latestCreatedRevision',
    'conditions',
    'terminalCondition',
  ],
  ...['reconciling', 'trafficStatuses', 'uri', 'urls', 'creator', 'lastModifier', 'client', 'clientVersion'],
  ...['latestCreatedExecution', 'executionCount'],
]

/** Run has no list of places in its second version. */
const runPlaces = locationsOf('run', 'v1')

/** What runs without machines of one's own. */
export const serverlessRows: readonly Row[] = [
  {
    type: 'google_cloud_run_v2_service',
    list: listedByPlace('run', 'v2', 'services', 'run.services.list', runPlaces),
    assets: ['run.googleapis.com/Service'],
    metadata: ofRun,
  },
  {
    type: 'google_cloud_run_v2_job',
    list: listedByPlace('run', 'v2', 'jobs', 'run.jobs.list', runPlaces),
    assets: ['run.googleapis.com/Job'],
    metadata: ofRun,
  },
  {
    type: 'google_cloudfunctions2_function',
    list: listed(
      'cloudfunctions',
      'v2 locations/-/functions',
      'functions',
      'cloudfunctions.functions.list',
      pageSize(1000),
    ),
    only: ({ environment }) => environment !== 'GEN_1',
    assets: ['cloudfunctions.googleapis.com/Function'],
    metadata: ['state', 'stateMessages', 'url', 'serviceConfig.revision', 'serviceConfig.uri', 'buildConfig.build'],
  },
  {
    type: 'google_cloudfunctions_function',
    list: listed(
      'cloudfunctions',
      'v1 locations/-/functions',
      'functions',
      'cloudfunctions.functions.list',
      pageSize(1000),
    ),
    assets: ['cloudfunctions.googleapis.com/CloudFunction'],
    metadata: ['status', 'versionId', 'buildId', 'buildName', 'sourceToken'],
  },
]
