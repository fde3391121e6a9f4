import type { Mask } from './secret-shapes.ts'
import { isHarmlessValue } from './secret-values.ts'

/**
 * Secrets that only their surroundings in a YAML text give away: the data of a Kubernetes Secret, users and passwords below `chpasswd`, and what
 * lies below a secret name. A block is the lines that are indented further than the one that opens it; a list may stand at the same indentation.
 * Texts are read line by line, once for each kind of block.
 */

interface Line {
  readonly text: string
  /** Columns before the first sign, a list's dashes not counted as such. */
  readonly indent: number
  readonly isBlank: boolean
}

const lineOf = (text: string): Line => ({
  text,
  indent: /^[ \t]*/.exec(text)?.[0].length ?? 0,
  isBlank: text.trim() === '',
})

/** Maps each line of the blocks that begin at a line which `opens` accepts. @param within gets a line and how far it is indented below the opening one */
function mapBlocks(
  text: string,
  opens: (line: string) => boolean,
  within: (line: string, depth: number) => string,
): string {
  const lines = text.split('\n').map(lineOf)
  let opened: number | null = null
  const mapped = lines.map((line) => {
    if (opened !== null && !line.isBlank) {
      const isInside = line.indent > opened || (line.indent === opened && /^[ \t]*- /.test(line.text))
      if (isInside) return within(line.text, line.indent - opened)
      opened = null
    } else if (opened !== null) return line.text
    if (opens(line.text)) opened = line.indent
    return line.text
  })
  return mapped.join('\n')
}

const kindSecret = /(?:^|\n)[ \t]*["']?kind["']?:[ \t]*["']?Secret["']?[ \t]*(?:\r?\n|$)/
const secretData = /^[ \t]*["']?(?:data|stringData|binaryData)["']?:[ \t]*(?:\r?$|[|>{])/
const member = /^([ \t]*(?:- )?["']?[\w./-]{1,253}["']?:[ \t]+)(\S.*)$/

/** Masks what the Secrets of Kubernetes hold in a text of YAML or JSON, document by document. */
export function maskKubernetesSecrets(text: string, mask: Mask): string {
  if (!text.includes('Secret')) return text
  const whole = /"kind\\*"\s*:\s*\\*"Secret\\*"/.test(text)
    ? text.replace(jsonData, (_, kept: string, data: string) => kept + mask(data))
    : text
  if (!kindSecret.test(whole)) return whole
  return whole
    .split(/^(?=---)/m)
    .map((document) => (kindSecret.test(document) ? maskData(document, mask) : document))
    .join('')
}

/** The data of what may be a Kubernetes Secret. */
const jsonData = /((?:stringData|binaryData|string_data|binary_data|data)\\*"\s*:\s*)(\{[^}]*\}?)/g
const flowData = /^([ \t]*["']?(?:data|stringData|binaryData)["']?:[ \t]*)(\{.*)$/gm

const maskData = (document: string, mask: Mask): string =>
  mapBlocks(
    document.replace(flowData, (_, kept: string, data: string) => kept + mask(data)),
    (line) => secretData.test(line) && !line.includes('{'),
    (line) => {
      const [, kept = '', value = ''] = member.exec(line) ?? []
      if (kept !== '') return /^[|>][-+\d]*$/.test(value.trim()) ? line : kept + mask(unquoted(value))
      // A name alone opens what the next lines hold.
      return /:\s*$/.test(line) ? line : line.replace(/\S.*$/, mask)
    },
  )

const unquoted = (value: string): string => /^(["'])(.*)\1\s*$/.exec(value)?.[2] ?? value.trimEnd()

const account = /((?:^|[\s"'|,[-])[a-z_][\w.-]{0,31}:)([^\s"',:}\]]{1,512})/g

/** `chpasswd: {list: …}` of cloud-init: lines of `user:password`. */
export function maskAccounts(text: string, mask: Mask): string {
  if (!text.includes('chpasswd')) return text
  const onOneLine = text.replace(/^([ \t]*chpasswd:[ \t]*\{.*)$/gm, (line) => maskAccountsIn(line, mask))
  return mapBlocks(
    onOneLine,
    (line) => /^[ \t]*chpasswd:\s*$/.test(line),
    (line) => maskAccountsIn(line, mask),
  )
}

const maskAccountsIn = (line: string, mask: Mask): string =>
  line.replace(
    account,
    (_, user: string, secret: string) => user + (/^RANDOM$|^R$/.test(secret) ? secret : mask(secret)),
  )

const opener = /^[ \t]*(?:- )?["']?([\p{L}\w.-]{1,128})["']?[ \t]*[:：][ \t]*\r?$/u
const item = /^([ \t]*- +)(?![\w"'.-]+:(?:\s|$))(?!\{)(\S.*)$/

/** What lies in YAML below a secret name: items of a list, and members whose own names do not say that they are harmless. */
export function maskBelowNames(
  text: string,
  mask: Mask,
  kindOf: (name: string) => 'secret' | 'vault' | 'harmless' | 'plain',
): string {
  if (!text.includes('\n')) return text
  let isVault = false
  return mapBlocks(
    text,
    (line) => {
      const name = opener.exec(line)?.[1]
      const kind = name === undefined ? 'plain' : kindOf(name)
      isVault = kind === 'vault'
      return kind === 'vault' || kind === 'secret'
    },
    (line, depth) => {
      const [, dash = '', value = ''] = item.exec(line) ?? []
      if (dash !== '') return maskUnlessHarmless(dash, value, mask)
      const [, kept = '', text = ''] = isVault && depth <= 8 ? (member.exec(line) ?? []) : []
      if (kept === '' || kindOf(kept.replace(/[\s"':-]+/g, '')) === 'harmless' || /^[|>{[&*]/.test(text)) return line
      return maskUnlessHarmless(kept, text, mask)
    },
  )
}

const maskUnlessHarmless = (kept: string, value: string, mask: Mask): string => {
  const bare = unquoted(value)
  return isHarmlessValue(bare) ? kept + value : kept + value.replace(bare, () => mask(bare))
}
