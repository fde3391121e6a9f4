import { getPermissionOf } from './get-of.ts'
import type { Row } from './row.ts'
import { listingsOf } from './table.ts'

/** What looking at a project needs. */
const ofProject = 'resourcemanager.projects.get'
/** What looking for projects below a folder or an organization needs. A project's role may not have these. */
const ofParents = ['resourcemanager.folders.list', 'resourcemanager.projects.list']

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

/**
 * The custom role with which these types can be read, and nothing else, as YAML for `gcloud iam roles create --file`.
 * @param isBelow whether the projects are looked for below a folder or an organization
 */
export function roleFor(rows: readonly Row[], isBelow: boolean): string {
  const places = [ofProject, ...(isBelow ? ofParents : [])]
  const permissions = [...new Set([...places, ...rows.flatMap(permissionsOf)])].sort()
  const head = ['title: vaino', 'description: What vaino reads', 'stage: GA', 'includedPermissions:']
  return [...head, ...permissions.map((name) => `- ${name}`), ''].join('\n')
}
