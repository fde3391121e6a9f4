import type { BudgetLimits } from '../../connector.ts'

/** Calls of one API in one project. */
type Rate = Omit<BudgetLimits, 'api'>

export interface Api {
  /** In front of each path, as the API's discovery document has it. */
  readonly base?: string
  /** gcloud's name of it, where it has another. */
  readonly gcloud?: string
  /** Below what Google documents for reads of one project. */
  readonly rate?: Rate
}

/** Calls of an API in one project whose quota for reads is 600 a minute or more. */
export const usualRate: Rate = { perSecond: 8, burst: 20 }
const perMinute = (calls: number): Rate => ({
  perSecond: calls / 60,
  burst: Math.max(1, Math.ceil(calls / 10)),
})

/** The APIs that are called, by their names: `NAME.googleapis.com`. */
export const apis = {
  alloydb: {},
  artifactregistry: {},
  bigquery: { base: 'bigquery/v2/' },
  bigtableadmin: {},
  certificatemanager: { rate: perMinute(300) },
  cloudasset: { rate: perMinute(100) },
  cloudbuild: {},
  cloudfunctions: {},
  cloudkms: { rate: perMinute(300) },
  cloudresourcemanager: {},
  cloudscheduler: {},
  cloudtasks: {},
  composer: {},
  // 1,500 reads a minute of a project and more.
  compute: { base: 'compute/v1/', rate: { perSecond: 20, burst: 100 } },
  container: {},
  dataproc: {},
  dns: {},
  eventarc: {},
  file: {},
  firestore: {},
  iam: {},
  // 60 reads a minute of a project.
  logging: { rate: perMinute(60) },
  memcache: {},
  monitoring: {},
  orgpolicy: {},
  pubsub: {},
  redis: {},
  run: {},
  secretmanager: {},
  serviceusage: {},
  spanner: {},
  sqladmin: { gcloud: 'sql', rate: perMinute(180) },
  storage: { base: 'storage/v1/' },
  vpcaccess: {},
  workflows: {},
} as const satisfies Record<string, Api>

export type ApiName = keyof typeof apis
