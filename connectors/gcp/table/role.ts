import { getPermissionOf } from './get-of.ts'
import type { Row } from './row.ts'
import { listingsOf } from './table.ts'

/** What looking for projects needs. */
const ofProjects = ['resourcemanager.folders.list', 'resourcemanager.projects.get', 'resourcemanager.projects.list']

/** The names of the permissions that reading a type needs, in order. */
export const permissionsOf = (row: Row): readonly string[] =>
  [
    ...new Set(
      [
        ...[...listingsOf(row), ...(row.details ?? [])].map(({ permission }) => permission),
        getPermissionOf(row) ?? [],
      ].flat(),
    ),
  ].sort()

/** The custom role with which these types can be read, and nothing else, as YAML for `gcloud iam roles create --file`. */
export function roleFor(rows: readonly Row[]): string {
  const permissions = [...new Set([...ofProjects, ...rows.flatMap(permissionsOf)])].sort()
  const head = ['title: vaino', 'description: What vaino reads', 'stage: GA', 'includedPermissions:']
  return [...head, ...permissions.map((name) => `- ${name}`), ''].join('\n')
}
