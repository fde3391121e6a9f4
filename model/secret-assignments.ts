/** @param isQuoted whether it stands in quotes, as a name in JSON does */
export type IsSecretName = (name: string, isQuoted: boolean) => boolean

const flag = /((?:^|\s)--?([A-Za-z][\w-]{2,63})\s+)(?!-)("[^"]*"|'[^']*'|\S+)/g
const element = /(<([\w:.-]{1,128})>)([^<]+)(?=<\/\2>)/g

/**
 * Replaces the values behind secret names in a text: `name=value`, `"name": "value"`, `name: value`, `--name value`,
 * `<name>value</name>`, however the text quotes and escapes them. Where it is unclear how far a value goes, more is masked.
 */
export function maskAssignments(text: string, mask: (secret: string) => string, isSecretName: IsSecretName): string {
  const third = (match: string, kept: string, name: string, value: string) =>
    isSecretName(name, false) && !isHarmlessValue(value) ? kept + mask(value) : match
  const rest = text.replace(flag, third).replace(element, third)
  let masked = ''
  let copied = 0
  for (const { index } of rest.matchAll(/[=:]/g)) {
    if (index < copied) continue
    const { name, isQuoted } = nameBefore(rest, index)
    if (name === '' || !isSecretName(name, isQuoted)) continue
    const [from, to] = valueAfter(rest, index, name)
    const value = rest.slice(from, to)
    if (from < copied || isHarmlessValue(value)) continue
    masked += rest.slice(copied, from) + mask(value)
    copied = to
  }
  return masked + rest.slice(copied)
}

/** What a secret name can hold without it being secret: a setting, or the address of a secret that is kept elsewhere. */
export const isHarmlessValue = (text: string): boolean => text === '' || harmlessValue.test(text)

const harmlessValue = new RegExp(
  `^(?:${[
    /\[\s*\]|\{\s*\}|true|false|null|none|yes|no|on|off|enabled|disabled|optional|required/,
    /seconds|minutes|hours|days|header|custom|jwt|iam|aws_iam|cognito_user_pools/,
    // Names of things in AWS, Google Cloud and Azure.
    /arn:aws[\w-]*:[\w:/+=,.@*-]+|alias\/[\w/-]+|projects\/[\w./:@-]+|\/subscriptions\/[\w./ -]+/,
    /ssh-(?:rsa|ed25519|dss) \S+(?: \S+)?/,
  ]
    .map((pattern) => pattern.source)
    .join('|')})$`,
  'i',
)

const nothing = { name: '', isQuoted: false }

/** The name that ends before a separator, or nothing where it separates no name from a value. */
function nameBefore(text: string, separator: number): { name: string; isQuoted: boolean } {
  let end = separator
  while (separator - end < 4 && isOneOf(' \t:?+', text, end - 1)) end--
  const isQuoted = isOneOf(quotes, text, end - 1)
  if (isQuoted) end--
  while (isQuoted && isOneOf('\\', text, end - 1)) end--
  // A colon alone is in every ARN and URL: it needs a quote before it, or a space or a quote behind.
  if (text[separator] === ':' && !isQuoted && !isOneOf(afterColon, text, separator + 1)) return nothing
  let start = end
  while (end - start < 128 && isNamePart(text.charCodeAt(start - 1))) start--
  return { name: text.slice(start, end), isQuoted }
}

const quotes = '"\'`'
const afterColon = ' \t\r\n="\'`\\'
const isOneOf = (signs: string, text: string, at: number): boolean =>
  at >= 0 && at < text.length && signs.includes(text.charAt(at))

/** A letter, a digit, "_", "." or "-"; false for NaN, which is what stands before a text. */
const isNamePart = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46

const gap = /[>=]?[ \t]{0,8}/y
const opening = /\\*["'`]/y
const bare = /\(redacted(?::[0-9a-f]{16})?\)|-?\d+(?:\.\d+)?(?=[\s,;&}\])]|$)|[^\s"'`\\<>]+/y
const wholeLine = /[^\r\n"'`\\]+/y
/** Where a bare value ends although no space follows: `a=1;b=2`, `a=1&b=2`. */
const nextPair = /[,;&](?=\s*[\w.-]+\s*[=:]|$)/

/** Where the value behind a separator begins and ends. */
function valueAfter(text: string, separator: number, name: string): [from: number, to: number] {
  const from = endOf(gap, text, separator + 1)
  const inside = endOf(opening, text, from)
  if (inside > from) return [inside, closing(text, inside, text.slice(from, inside))]
  if (isOneOf('[{', text, from)) return [from, endOfBrackets(text, from)]
  if (/(?:authorization|cookie)$/i.test(name)) return [from, endOf(wholeLine, text, from)]
  const to = endOf(bare, text, from)
  const value = text.slice(from, to)
  if (/^[|>][-+\d]*$/.test(value)) return [to, endOfBlock(text, separator, to)]
  const cut = value.search(nextPair)
  return [from, cut < 0 ? to : from + cut]
}

/** The end of a match at this very place, or the place itself. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** The quote that closes what this one opened, escaped as much as it; the end where the text is cut off. */
function closing(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    if (quote.length > 1 || text.charAt(at - 1) !== '\\') return at
  }
  return text.length
}

/** The end of a list or an object that a secret name introduces; of the text where it is cut off. */
function endOfBrackets(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (isOneOf('[{', text, at)) depth++
    else if (isOneOf(']}', text, at) && --depth === 0) return at + 1
  }
  return text.length
}

const indentOf = (line: string): number => line.length - line.trimStart().length

/** The end of a YAML block: of the lines that are indented further than the name's. */
function endOfBlock(text: string, separator: number, from: number): number {
  const depth = indentOf(text.slice(text.lastIndexOf('\n', separator) + 1, separator))
  let end = from
  while (end < text.length) {
    const next = text.indexOf('\n', end + 1)
    const line = text.slice(end + 1, next < 0 ? text.length : next)
    if (line.trim() !== '' && indentOf(line) <= depth) break
    end = next < 0 ? text.length : next
  }
  return end
}
