import { isHarmlessValue, isNoWord, isProse } from './secret-values.ts'

/** @param isQuoted whether it stands in quotes, as a name in JSON does */
export type IsSecretName = (name: string, isQuoted: boolean) => boolean

const flag = /((?:^|\s)--?([A-Za-z][\w-]{2,63})\s+)(?!-)("[^"]*"|'[^']*'|\S+)/g
const pair =
  /(\b(?:name|key|k|variable|variable_name|ParameterKey|ParameterName)\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?)([\w.-]{2,128})(\\?["']?(?:[ \t,;]{1,8}|\s{1,64}|(?:\\[nr]| ){1,16})\\?["']?(?:value|val|v|ParameterValue)\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?)([^\s"',}>\\]{1,4096})/gi
const namedElement = /(<(?:name|key)>)([\w.-]{2,128})(<\/(?:name|key)>\s{0,64}<(?:value|string)>)([^<]{1,4096})/g
const titledElement = /(<\w{1,64}\s[^<>]{0,256}\b(?:name|key)=["'])([\w.-]{2,128})(["'][^<>]{0,256}>)([^<]{1,4096})/g
/** `define('DB_PASSWORD', 'x')`, `config.set("token", "x")`. */
const argument = /(["'])([\w.-]{3,64})(\1\s{0,8},\s{0,8}["'])([^"'\n]{1,512})(?=["'])/g
/** "The password is x": x counts as a password only if it is no dictionary word. */
const sentence = /\b(password|passwort|passphrase|passcode|pwd)(\s+(?:is|ist|est|es|:=)\s+["']?)([^\s"',;]{4,256})/gi
const element = /(<([\w:.-]{1,128})>)([^<]+)(?=<\/\2>)/g

/**
 * Replaces the values behind secret names in a text: `name=value`, `"name": "value"`, `name: value`, `--name value`,
 * `<name>value</name>`, however the text quotes and escapes them. Where it is unclear how far a value goes, more is masked.
 */
export function maskAssignments(text: string, mask: (secret: string) => string, isSecretName: IsSecretName): string {
  const third = (match: string, kept: string, name: string, value: string) =>
    isSecretName(name, false) && !isHarmlessValue(value, name) && !isProse(value, '') ? kept + mask(value) : match
  const fourth = (match: string, before: string, name: string, between: string, value: string) =>
    isSecretName(name, false) && !isHarmlessValue(value) ? before + name + between + mask(value) : match
  const tagged = !text.includes('<')
    ? text
    : text.replace(element, third).replace(namedElement, fourth).replace(titledElement, fourth)
  const flagged = tagged.includes('-') ? tagged.replace(flag, third) : tagged
  const paired = /val|["' ]v["' :=]/i.test(flagged) ? flagged.replace(pair, fourth) : flagged
  const listed = !paired.includes(',')
    ? paired
    : paired.replace(argument, (match, quote: string, name: string, between: string, value: string) =>
        isSecretName(name, false) && isNoWord(value) && !isHarmlessValue(value)
          ? quote + name + between + mask(value)
          : match,
      )
  const rest = listed.replace(sentence, (match, name: string, between: string, value: string) =>
    /\d/.test(value) && /[A-Za-z]/.test(value) && !/^(?:sha|md5|rsa|aes|base)-?\d/i.test(value)
      ? name + between + mask(value)
      : match,
  )
  let masked = ''
  let copied = 0
  for (let index = nextSeparator(rest, 0); index < rest.length; index = nextSeparator(rest, index + 1)) {
    if (index < copied) continue
    const { name, isQuoted } = nameBefore(rest, index)
    if (name === '' || !isSecretName(name, isQuoted)) continue
    const [from, to] = valueAfter(rest, index, name)
    const value = rest.slice(from, to)
    if (from < copied || isHarmlessValue(value, name) || isSentence(rest, index, isQuoted, from, to)) continue
    masked += rest.slice(copied, from) + mask(value)
    copied = to
  }
  return masked + rest.slice(copied)
}

/** The position of the next "=", ":" or full-width ":"; the text's length where there is none. */
function nextSeparator(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 61 || code === 58 || code === 0xff1a) return at
  }
  return text.length
}

const nothing = { name: '', isQuoted: false }

/** The name that ends before a separator, or nothing where it separates no name from a value. */
function nameBefore(text: string, separator: number): { name: string; isQuoted: boolean } {
  let end = separator
  while (separator - end < 4 && isOneOf(' \t:?+]', text, end - 1)) end--
  const isQuoted = isOneOf(quotes, text, end - 1)
  if (isQuoted) end--
  while (isQuoted && isOneOf('\\', text, end - 1)) end--
  let start = end
  while (end - start < 128 && isNamePart(text.charCodeAt(start - 1))) start--
  // A colon alone is in every ARN and URL: it needs a quote before it, or a space or a quote behind; or it ends a header's name: "X-Api-Key:x".
  const isHeader = isOneOf(quotes, text, start - 1) && text.slice(start, end).includes('-')
  if (text[separator] === ':' && !isQuoted && !isHeader && !isOneOf(afterColon, text, separator + 1)) return nothing
  // "API key: x" and `apiKey: string = "x"`.
  if (!isQuoted && /^(?:key|string|token|code)$/i.test(text.slice(start, end))) start = wordBefore(text, start)
  // In quotes a name may hold signs: "aws:PrincipalTag/access-key".
  if (isQuoted && isOneOf(':/', text, start - 1)) {
    let open = start
    while (end - open < 128 && (isNamePart(text.charCodeAt(open - 1)) || isOneOf(':/', text, open - 1))) open--
    if (isOneOf(quotes, text, open - 1)) start = open
  }
  return { name: text.slice(start, end), isQuoted }
}

/** Where the word begins that stands before another with a space between; behind a colon it is the name and the other its type. */
function wordBefore(text: string, at: number): number {
  if (!isOneOf(' ', text, at - 1)) return at
  let start = isOneOf(':', text, at - 2) ? at - 2 : at - 1
  const end = start
  while (end - start < 64 && isNamePart(text.charCodeAt(start - 1))) start--
  return start === end ? at : start
}

/** Whether `name: value` is the begin of a sentence: a word of prose behind a colon, or the name is not what begins its line. */
function isSentence(text: string, separator: number, isQuoted: boolean, from: number, to: number): boolean {
  if (isQuoted || isOneOf(quotes, text, from - 1)) return false
  const end = text.indexOf('\n', to)
  return isProse(text.slice(from, to), text.slice(to, end < 0 ? to + 64 : Math.min(end, to + 64))) && separator < from
}

const quotes = '"\'`'
const afterColon = ' \t\r\n="\'`\\'
const isOneOf = (signs: string, text: string, at: number): boolean =>
  at >= 0 && at < text.length && signs.includes(text.charAt(at))

/** A letter of any script, a digit, "_", "." or "-"; false for NaN, the code before a text's begin. */
const isNamePart = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 45 ||
  code === 46 ||
  // Letters begin at U+00AA; general punctuation, CJK punctuation and full-width signs are none.
  (code >= 0xaa &&
    !(code >= 0x2000 && code <= 0x2bff) &&
    !(code >= 0x3000 && code <= 0x303f) &&
    !(code >= 0xff00 && code <= 0xff20))

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
