/**
 * Whether Google put a member into a policy by itself: its service agents in the roles that are made for them, the roles that its default accounts have
 * from the start, what a bucket gives to those of its project, and accounts that are deleted. A name alone proves nothing: an account of
 * anybody's project can be named as a service agent is.
 * @param project its id
 */
export function isGooglesOwn(role: string, member: string, project: string | null): boolean {
  if (member.startsWith('deleted:')) return true
  if (/^project(?:Owner|Editor|Viewer):/i.test(member)) return role.startsWith('roles/storage.legacy')
  const email = /^serviceAccount:(.*)$/.exec(member)?.[1]
  if (email === undefined) return false
  if (/^service-\d+@[^@]+\.gserviceaccount\.com$/.test(email)) return /serviceagent$/i.test(role)
  if (email === `${project}@appspot.gserviceaccount.com`) return role === 'roles/editor'
  return startingRoles.some(([account, given]) => account.test(email) && given === role)
}

/** Accounts that come with an API, and the role that each gets. */
const startingRoles: readonly (readonly [RegExp, string])[] = [
  [/^\d+@cloudservices\.gserviceaccount\.com$/, 'roles/editor'],
  [/^\d+-compute@developer\.gserviceaccount\.com$/, 'roles/editor'],
  [/^\d+@cloudbuild\.gserviceaccount\.com$/, 'roles/cloudbuild.builds.builder'],
]
