import type { Offered } from './offered.ts'

/** One word in single quotes, for bash and zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The branches that follow the words of a command: `case "$command $word" in`. */
export const commandCases = (offered: readonly Offered[]): string =>
  offered
    .filter(({ path }) => path !== '')
    .map(({ path }) => `      ${quoted(path.includes(' ') ? path : ` ${path}`)}) command=${quoted(path)} ;;`)
    .join('\n')
