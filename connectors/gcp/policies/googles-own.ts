/** The project that holds a policy. */
export interface Holder {
  readonly id: string | null
  /** Null: not known. */
  readonly number: string | null
}

/**
 * Whether Google put a member into a policy by itself: the project's service agents in the roles that are made for them, the roles that its default accounts have
 * from the start, what a bucket gives to those of its project, and accounts that are deleted. A name alone proves nothing: an account of
 * anybody's project can be named as a service agent is. Those of another project were let in by somebody.
 */
export function isGooglesOwn(role: string, member: string, { id, number }: Holder): boolean {
  if (member.startsWith('deleted:')) return true
  if (/^project(?:Owner|Editor|Viewer):/i.test(member)) return role.startsWith('roles/storage.legacy')
  const email = /^serviceAccount:(.*)$/.exec(member)?.[1]
  if (email === undefined) return false
  if (email === `${id}@appspot.gserviceaccount.com`) return role === 'roles/editor'
  const found = accounts.find(([account]) => account.test(email))
  if (found === undefined) return false
  const [account, given] = found
  const own = account.exec(email)?.[1]
  return given.test(role) && (number === null || own === number)
}

/** Accounts that Google makes for a project, named after its number, and the roles that each gets. */
const accounts: readonly (readonly [RegExp, RegExp])[] = [
  [/^service-(\d+)@[^@]+\.gserviceaccount\.com$/, /serviceagent$/i],
  [/^(\d+)@cloudservices\.gserviceaccount\.com$/, /^roles\/editor$/],
  [/^(\d+)-compute@developer\.gserviceaccount\.com$/, /^roles\/editor$/],
  [/^(\d+)@cloudbuild\.gserviceaccount\.com$/, /^roles\/cloudbuild\.builds\.builder$/],
]
