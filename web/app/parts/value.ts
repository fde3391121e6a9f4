/** One value as JSON on one line, cut at a length. */
export function valueText(value: unknown, maxLength = 400): string {
  const text = JSON.stringify(value) ?? 'null'
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

/** A number with narrow spaces between its thousands. */
export const grouped = (count: number): string => count.toLocaleString('en-US').replaceAll(',', '\u202f')

/** `1 change`, `2 changes`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`

/** A scope's parts, readable: they stand percent-encoded where they hold a slash. */
export function scopeParts(scope: string): { provider: string; account: string; location: string; collection: string } {
  const plain = (part: string) => part.replace(/%2F/gi, '/').replaceAll('%25', '%')
  const [provider = '', account = '-', location = '-', ...rest] = scope.split('/')
  return { provider, account: plain(account), location: plain(location), collection: plain(rest.join('/')) }
}

/** What a thing is called: in a state an address says more than a name. */
export const nameOf = (
  scope: string,
  { id, name }: { readonly id: string; readonly name?: string | null | undefined },
): string => (scope.startsWith('terraform/') ? id : (name ?? id))

/** A scope as people say it: `aws 111122223333 · eu-west-1 · aws_instance`. @param type that is said already */
export function scopeText(scope: string, type?: string): string {
  const { provider, account, location, collection } = scopeParts(scope)
  // Which side of a state it is comes first, for where the end is cut.
  if (provider === 'terraform') return [collection, account, location].filter((part) => part !== '-').join(' · ')
  const parts = [account, location, collection === type ? '-' : collection]
  return `${provider} ${parts.filter((part) => part !== '-' && part !== '').join(' · ')}`
}
