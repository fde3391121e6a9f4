import type { Command, Option } from 'commander'
import { WordOption } from '../shared-flags.ts'

/** A flag, as a shell offers it. */
export interface OfferedFlag {
  /** As it is typed: `-o`, `--output`. */
  readonly names: readonly string[]
  readonly summary: string
  /** What follows it: nothing, one of a few words, the name of a file or folder, or a text that no shell can guess. */
  readonly value: 'none' | 'file' | 'text' | readonly string[]
}

/** What a shell may offer behind the words of one command. */
export interface Offered {
  /** The words of the command without `vaino`: `''`, `up`, `scopes release`. */
  readonly path: string
  /** Commands below it, and words that its arguments may be. */
  readonly words: readonly { readonly name: string; readonly summary: string }[]
  readonly flags: readonly OfferedFlag[]
  /** Whether an argument of it is a file. */
  readonly takesFile: boolean
}

const filePlace = /^<?\[?(file|dir|from|to)\b/

/** Everything that is offered, by command, the whole program first. */
export function offeredBy(program: Command): readonly Offered[] {
  const below = (command: Command, path: string): Offered[] => [
    {
      path,
      words: [
        ...command.commands.map((each) => ({ name: each.name(), summary: firstSentence(each.description()) })),
        ...command.registeredArguments.flatMap(({ argChoices = [] }) =>
          argChoices.map((name) => ({ name, summary: '' })),
        ),
      ],
      flags: [
        ...command.options.filter(({ hidden }) => !hidden).map(flagOf),
        { names: ['-h', '--help'], summary: 'display help for command', value: 'none' },
      ],
      takesFile: command.registeredArguments.some((argument) => filePlace.test(argument.name())),
    },
    ...command.commands.flatMap((each) => below(each, path === '' ? each.name() : `${path} ${each.name()}`)),
  ]
  return below(program, '')
}

function flagOf(option: Option): OfferedFlag {
  const names = [option.short, option.long].filter((name) => typeof name === 'string')
  return { names, summary: option.description, value: valueFor(option) }
}

function valueFor(option: Option): OfferedFlag['value'] {
  if (!option.required && !option.optional) return 'none'
  if (option instanceof WordOption) return option.words
  const place = option.flags.slice(option.flags.search(/[<[]/))
  return filePlace.test(place) ? 'file' : 'text'
}

/** A shell shows one line. */
const firstSentence = (text: string): string => text.replace(/\.( .*)?$/s, '')
