import { type Command, InvalidArgumentError, Option } from 'commander'

/** The filters that every question takes, as the flags give them. */
export interface FilterFlags {
  readonly provider?: string
  readonly account?: string
  readonly location?: string
  readonly type?: string
  readonly scope?: string
  readonly name?: string
  readonly query?: string
  readonly keyPrefix?: string
  readonly tag?: Readonly<Record<string, string>>
}

export const addFilterFlags = (command: Command): Command =>
  command
    .option('--provider <name>', 'only of this provider, such as aws')
    .option('--account <id>', 'only in this account')
    .option('--location <name>', 'only in this region or namespace')
    .option('--type <name>', 'only of this type, such as aws_instance')
    .option('--scope <scope>', 'only in this scope')
    .option('--name <name>', 'only with this name')
    .option('--query <text>', 'only where this text stands in the id, name, ARN or a tag')
    .option('--key-prefix <text>', 'only where the key begins so')
    .addOption(
      new Option('--tag <name=value>', 'only with this tag; repeatable').argParser(
        (text: string, before: Readonly<Record<string, string>> = {}) => {
          const at = text.indexOf('=')
          if (at < 1) throw new InvalidArgumentError('Expected NAME=VALUE.')
          return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
        },
      ),
    )

export const filterQuery = (flags: FilterFlags): Record<string, string | undefined> => ({
  provider: flags.provider,
  account: flags.account,
  location: flags.location,
  type: flags.type,
  scope: flags.scope,
  name: flags.name,
  q: flags.query,
  key_prefix: flags.keyPrefix,
  ...Object.fromEntries(Object.entries(flags.tag ?? {}).map(([name, value]) => [`tag.${name}`, value])),
})

/** A whole number above zero. */
export function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number above 0.')
}
