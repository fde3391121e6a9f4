import { stringify } from 'yaml'

/** A source of the configuration; `live`: the real things behind the states are read too. */
export interface ChosenSource {
  readonly source: string
  readonly live: boolean
}

interface Chosen {
  readonly sources: readonly ChosenSource[]
  readonly interval: string | undefined
  readonly listen: string | undefined
}

const kindOf = (source: string): string => source.slice(0, source.indexOf(':'))

/** What a kind of source needs to be granted, and no more. */
export function grantOf(source: string): string | null {
  const print = `vaino config permissions --source ${shellWord(source)}`
  switch (kindOf(source)) {
    case 'terraform':
      return terraformGrant(source.slice('terraform:'.length))
    case 'aws':
      return `${print} prints the IAM policy (docs/aws.md)`
    case 'gcp':
      return `${print} prints the custom role (docs/gcp.md)`
    case 'kubernetes':
      return `${print} prints the roles (docs/kubernetes.md)`
    default:
      return null
  }
}

function terraformGrant(where: string): string {
  const [scheme = ''] = /^[a-z0-9+.-]+(?=:\/\/)/.exec(where) ?? []
  switch (scheme) {
    case 's3':
      return 's3:GetObject on the object; below a prefix s3:ListBucket too (docs/terraform.md)'
    case 'gs':
      return 'storage.objects.get and storage.objects.list on the bucket (docs/terraform.md)'
    case 'azurerm':
      return 'the role Storage Blob Data Reader on the container (docs/terraform.md)'
    case 'tfe':
      return 'a token that may read state versions (docs/terraform.md)'
    case 'http':
    case 'https':
      return 'what a GET needs; USER:TOKEN@ before the host, if it asks for them (docs/terraform.md)'
    default:
      return 'reading the files (docs/terraform.md)'
  }
}

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** A comment on one line, whatever a name holds. */
const comment = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')

/** The configuration. Sources that were found and not chosen stand in it as comments; removing the # has them watched. */
export function configText({ sources, interval, listen }: Chosen, others: readonly string[]): string {
  const rest = { ...(interval === undefined ? {} : { interval }), ...(listen === undefined ? {} : { listen }) }
  const named = new Set(sources.map(({ source }) => source))
  const unused = others.filter((source) => !named.has(source))
  const heading =
    sources.length === 0
      ? '# Found, to watch in place of []:\n# sources:'
      : '  # Found too; take "# " away to watch it:'
  const comments = unused.map((source) => `${sources.length === 0 ? '#   ' : '  # '}- ${JSON.stringify(source)}\n`)
  const isCompact = sources.length === 0
  return [
    '# Every key: docs/configuration.md, or `vaino config schema`. `vaino doctor` says which permission is missing.\n',
    isCompact ? 'sources: []\n' : `sources:\n${sources.map(entryOf).join('')}`,
    ...(unused.length === 0 ? [] : [`${heading}\n`, ...comments]),
    Object.keys(rest).length === 0 ? '' : stringify(rest),
  ].join('')
}

function entryOf({ source, live }: ChosenSource, at: number, all: readonly ChosenSource[]): string {
  const grant = grantOf(source)
  const before = all.slice(0, at).some((other) => grantOf(other.source) === grant)
  const needs = grant === null || before ? '' : `  # Grant: ${comment(grant)}\n`
  if (!live) return `${needs}  - ${stringify(source, { lineWidth: 0 })}`
  const where = stringify(source.slice(source.indexOf(':') + 1), { lineWidth: 0 })
  const reading = '    # Reads the real things too. Grant: what the providers need to read them (docs/drift.md)\n'
  return `${needs}  - kind: ${kindOf(source)}\n    where: ${where}${reading}    live: true\n`
}
