import { commandCases, quoted } from './cases.ts'
import type { Offered, OfferedFlag } from './offered.ts'

/** A script for bash 4.4 and later. Descriptions are left out: bash shows none. */
export function bashCompletion(offered: readonly Offered[]): string {
  return `# vaino completion for bash: source it, or save it as vaino in the folder of bash-completion.
_vaino() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
${commandCases(offered)}
    esac
  done
  case "$command $prev" in
${offered.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${offered.map(wordCase).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _vaino vaino ./vaino
`
}

function valueCases({ path, flags }: Offered): string[] {
  return flags.flatMap(({ names, value }) =>
    value === 'none'
      ? []
      : [`    ${names.map((name) => quoted(`${path} ${name}`)).join(' | ')}) ${answerOf(value)} ;;`],
  )
}

function answerOf(value: Exclude<OfferedFlag['value'], 'none'>): string {
  if (value === 'file') return 'return'
  if (value === 'text') return 'compopt +o default; return'
  return `mapfile -t COMPREPLY < <(compgen -W ${quoted(value.join(' '))} -- "$cur"); return`
}

function wordCase({ path, words, flags, takesFile }: Offered): string {
  const names = words.map(({ name }) => name)
  const typed = flags.flatMap((flag) => flag.names.filter((name) => name.startsWith('--')))
  const files = takesFile ? '' : 'compopt +o default; '
  return `    ${quoted(path)}) ${files}words=${quoted([...names, ...typed].join(' '))} ;;`
}
