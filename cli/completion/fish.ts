import type { Offered, OfferedFlag } from './offered.ts'

/** A script for fish 3 and later, with descriptions. */
export function fishCompletion(offered: readonly Offered[]): string {
  return `# vaino completion for fish: save it as vaino.fish in fish's folder of completions, or source it.
function __vaino_path
  set -l path ''
  for word in (commandline -opc)[2..]
    switch "$path $word"
${commandCases(offered)}
    end
  end
  echo $path
end
complete -c vaino -f
${offered.flatMap(linesOf).join('\n')}
`
}

const commandCases = (offered: readonly Offered[]): string =>
  offered
    .filter(({ path }) => path !== '')
    .map(({ path }) => {
      const words = path.includes(' ') ? path : ` ${path}`
      return `      case ${quotedForFish(words)}\n        set path ${quotedForFish(path)}`
    })
    .join('\n')

function linesOf({ path, words, flags, takesFile }: Offered): string[] {
  const here = `complete -c vaino -n ${quotedForFish(`test (__vaino_path) = "${path}"`)}`
  return [
    ...words.map(({ name, summary }) => `${here} -a ${name} -d ${quotedForFish(summary)}`),
    ...flags.map(
      ({ names, summary, value }) =>
        `${here} ${names.map(nameOf).join(' ')}${valueFor(value)} -d ${quotedForFish(summary)}`,
    ),
    ...(takesFile ? [`${here} -F`] : []),
  ]
}

const nameOf = (name: string): string => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)

function valueFor(value: OfferedFlag['value']): string {
  if (value === 'none') return ''
  if (value === 'file') return ' -r -F'
  return value === 'text' ? ' -x' : ` -x -a ${quotedForFish(value.join(' '))}`
}

/** Within single quotes fish knows two escapes. */
const quotedForFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
