import type { Items, Listing, Row } from './row.ts'
import { computeBalancingRows } from './rows/compute-balancing.ts'
import { computeInstanceRows } from './rows/compute-instances.ts'
import { computeNetworkRows } from './rows/compute-network.ts'
import { dataRows } from './rows/data.ts'
import { identityRows } from './rows/identity.ts'
import { operationsRows } from './rows/operations.ts'
import { policyRows } from './rows/policies.ts'
import { projectRows } from './rows/projects.ts'
import { serverlessRows } from './rows/serverless.ts'
import { serviceRows } from './rows/services.ts'

const things: readonly Row[] = [
  ...projectRows,
  ...computeInstanceRows,
  ...computeNetworkRows,
  ...computeBalancingRows,
  ...identityRows,
  ...dataRows,
  ...operationsRows,
  ...serverlessRows,
  ...serviceRows,
]
const policies = policyRows(things)

/** Every type that is read. Rows that share a listing stand beside each other, so that their scans come together. */
export const rows: readonly Row[] = things.flatMap((row) => [
  row,
  ...policies.filter(({ type }) => type === `${row.type}_iam_policy`),
])

const byType = new Map(rows.map((row) => [row.type, row]))

export const rowOf = (type: string): Row | undefined => byType.get(type)

/** Every listing that a type is read from. */
export function listingsOf({ list }: Items): readonly Listing[] {
  return list.parents === undefined ? [list] : [list, ...listingsOf(list.parents)]
}
