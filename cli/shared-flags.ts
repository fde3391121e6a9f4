import { type Command, InvalidArgumentError, Option } from 'commander'
import { nearest } from '../model/nearest.ts'
import { formats } from './terminal/output.ts'

/** What the shared flags say, as commander hands it to an action. */
export interface SharedFlags {
  readonly config?: string
  readonly dataDir?: string
  readonly source?: readonly string[]
  readonly interval?: string
  readonly live?: boolean
  readonly transport?: string
  readonly brokers?: readonly string[]
  readonly topicPrefix?: string
  readonly roles?: readonly string[]
  readonly listen?: string
  readonly publicUrl?: string
  readonly corsOrigins?: readonly string[]
  readonly server?: string
  readonly output?: (typeof formats)[number]
  /** False with `--no-color`. */
  readonly color: boolean
}

type Group = 'configuration' | 'collecting' | 'serving' | 'asking' | 'showing' | 'coloring'

const list = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
]

/** An option that takes one of a few words, and names the nearest when it gets another. */
export class WordOption extends Option {
  readonly words: readonly string[]

  constructor(flags: string, description: string, words: readonly string[]) {
    super(flags, description)
    this.words = words
    this.argParser((given: string) => {
      if (words.includes(given)) return given
      const meant = nearest(given, words)
      throw new InvalidArgumentError(`Expected ${words.join(', ')}.${meant === null ? '' : ` Did you mean ${meant}?`}`)
    })
  }
}

const options: Readonly<Record<Group, () => Option[]>> = {
  configuration: () => [
    new Option('--config <file>', 'configuration file (default: vaino.yaml here, if there is one)'),
    new Option('--data-dir <dir>', 'folder of the state and the change log (default: .vaino)'),
  ],
  collecting: () => [
    new Option('--source <kind:where>', 'what to watch, such as terraform:./infra; repeatable').argParser(
      (text: string, before: readonly string[] = []) => [...before, text],
    ),
    new Option('--interval <duration>', 'time from a scan of a scope to its next, such as 30s'),
    new Option(
      '--live',
      'read the real things behind Terraform states too, through the providers that stand on this disk',
    ),
  ],
  serving: () => [
    new Option('--listen <host:port>', 'address to serve on; port 0 picks a free one (default: 127.0.0.1:8420)'),
    new Option('--public-url <url>', 'address in a browser behind a proxy, such as https://ops.example.com/vaino'),
    new Option('--cors-origins <origin,...>', 'origins of other pages that may use the API from a browser').argParser(
      list,
    ),
    new WordOption('--transport <name>', 'embedded or kafka (default: embedded)', ['embedded', 'kafka']),
    new Option('--brokers <host:port,...>', 'Kafka brokers to begin with').argParser(list),
    new Option('--topic-prefix <name>', 'what the names of the Kafka topics begin with (default: vaino)'),
    new Option('--roles <role,...>', 'what this process does: collector, processor, api (default: all)').argParser(
      list,
    ),
  ],
  asking: () => [
    new Option('--server <url>', 'the running vaino to ask (default: VAINO_SERVER, or where `vaino up` listens here)'),
  ],
  showing: () => [
    new WordOption('-o, --output <format>', `${formats.join(', ')} (default: table)`, formats),
    ...options.coloring(),
  ],
  coloring: () => [new Option('--no-color', 'no colours, as with NO_COLOR; there are none outside a terminal')],
}

const groups = Object.keys(options) as Group[]

/**
 * Gives a command all shared flags: the groups that matter to it are in its help, the others are taken too, so that a
 * script can pass the same flags everywhere. Flags that the command has already stay as they are.
 */
export function addSharedFlags(command: Command, shown: readonly Group[]): Command {
  // What is shown comes first: a flag that is in two groups is in the help when one of them is.
  for (const group of [...shown, ...groups.filter((each) => !shown.includes(each))]) {
    for (const option of options[group]()) {
      const taken = command.options.some((own) => own.long === option.long || (own.short && own.short === option.short))
      if (!taken) command.addOption(shown.includes(group) ? option : option.hideHelp())
    }
  }
  return command
}

/** The shared flags that take a value, for finding the command behind them. */
export const flagsWithValue: readonly string[] = groups
  .flatMap((group) => options[group]())
  .filter((option) => option.required)
  .flatMap((option) => [option.long, option.short])
  .filter((flag) => typeof flag === 'string')

/** What the flags say of the configuration, for `loadConfig`. */
export const configFlags = (flags: SharedFlags) =>
  [
    { flag: '--data-dir', path: ['data_dir'], value: flags.dataDir },
    { flag: '--source', path: ['sources'], value: flags.source },
    { flag: '--interval', path: ['interval'], value: flags.interval },
    { flag: '--listen', path: ['listen'], value: flags.listen },
    { flag: '--public-url', path: ['public_url'], value: flags.publicUrl },
    { flag: '--cors-origins', path: ['cors_origins'], value: flags.corsOrigins },
    { flag: '--transport', path: ['transport'], value: flags.transport },
    { flag: '--brokers', path: ['kafka', 'brokers'], value: flags.brokers },
    { flag: '--topic-prefix', path: ['kafka', 'topic_prefix'], value: flags.topicPrefix },
    { flag: '--roles', path: ['roles'], value: flags.roles },
  ].filter(({ value }) => value !== undefined)
