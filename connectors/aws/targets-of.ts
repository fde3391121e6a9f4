import { formatScope, type Scope } from '../../model/scope.ts'
import type { Target } from '../source.ts'
import type { Account } from './session/accounts.ts'
import type { Row } from './table/row.ts'
import { groupsOf } from './table/table.ts'
import type { TypesBesideTable } from './types-beside-table.ts'

/** A scope for each type in each place of an account. Neighbours are scanned at once: each region has rates of its own, and clients of few services are in memory. */
export function targetsOf({ id, regions }: Account, rows: readonly Row[], otherTypes: TypesBesideTable): Target[] {
  const [globals, regional] = [rows.filter((row) => row.isGlobal), rows.filter((row) => !row.isGlobal)]
  const targetIn = (region: string | null, row: Row): Target => ({ scope: scopeIn(id, region, row) })
  return [
    ...globals.filter((row) => otherTypes.isReadOnce(id, regions, row)).map((row) => targetIn(null, row)),
    ...groupsOf(regional).flatMap((group) =>
      regions.flatMap((region) =>
        group.filter((row) => otherTypes.isReadIn(id, region, row)).map((row) => targetIn(region, row)),
      ),
    ),
    ...regions.flatMap((region) => otherTypes.rowsIn(id, region).map((row) => targetIn(region, row))),
  ]
}

/** @param location null: the type is the account's */
export const scopeIn = (account: string, location: string | null, { type }: Row): Scope =>
  formatScope({ provider: 'aws', account, location, collection: type })
