import { commandCases, quoted } from './cases.ts'
import type { Offered, OfferedFlag } from './offered.ts'

/** A script for zsh with its completion system (`compinit`), with descriptions. */
export function zshCompletion(offered: readonly Offered[]): string {
  return `#compdef vaino
# vaino completion for zsh: save it as _vaino in a folder of $fpath, or source it behind compinit.
_vaino() {
  local command='' word
  local -a commands_ flags_
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
${commandCases(offered)}
    esac
  done
  case "$command \${words[CURRENT-1]}" in
${offered.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${offered.map(wordCase).join('\n')}
  esac
  (( $#commands_ )) && _describe -t commands command commands_
  [[ $PREFIX == -* ]] && _describe -t flags flag flags_
  return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _vaino "$@"; else compdef _vaino vaino; fi
`
}

function valueCases({ path, flags }: Offered): string[] {
  return flags.flatMap(({ names, value }) =>
    value === 'none'
      ? []
      : [`    ${names.map((name) => quoted(`${path} ${name}`)).join('|')}) ${answerOf(value)}; return ;;`],
  )
}

function answerOf(value: Exclude<OfferedFlag['value'], 'none'>): string {
  if (value === 'file') return '_files'
  if (value === 'text') return '_message value'
  return `compadd -- ${value.map(quoted).join(' ')}`
}

function wordCase({ path, words, flags, takesFile }: Offered): string {
  const named = words.map(({ name, summary }) => described(name, summary))
  const typed = flags.flatMap(({ names, summary }) => names.map((name) => described(name, summary)))
  const files = takesFile ? '\n      [[ $PREFIX == -* ]] || _files' : ''
  return `    ${quoted(path)})
      commands_=(${named.join(' ')})
      flags_=(${typed.join(' ')})${files} ;;`
}

const described = (name: string, summary: string): string => quoted(`${name}:${summary}`)
