import { VainoError } from '../../../model/errors.ts'
import { sinkKinds } from './kinds.ts'
import type { Sink } from './sink.ts'
import { type SinkConfig, secretKeysOf } from './sink-schema.ts'

/** Where references to secrets lead. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** @param name what messages call it @throws VainoError `bad_config` */
  readFile(name: string, file: string): string
}

export interface OpenSink {
  readonly name: string
  readonly kind: string
  readonly sink: Sink
  /** Takes the sink's secrets out of a text that somebody may see. */
  redact(text: string): string
}

/** @throws VainoError `bad_config` for a reference that leads nowhere, and for what can't be meant; the message has no secret in it */
export function openSink(name: string, { kind, options }: SinkConfig, sources: SecretSources): OpenSink {
  const secrets: string[] = []
  const keys = secretKeysOf(kind)
  const where = `alerts.sinks.${name}`
  const given = Object.fromEntries(
    Object.entries(options).map(([key, value]) => {
      if (!keys.has(key)) return [key, value]
      const found = withoutReferences(`${where}.${key}`, value, sources)
      secrets.push(...textsIn(found))
      return [key, found]
    }),
  )
  const opened = sinkKinds[kind]
  if (opened === undefined) throw new VainoError('bad_config', `${where}: there is no kind ${kind}`)
  if (typeof given.url === 'string') secrets.push(...partsOf(`${where}.url`, kind, given.url, keys.has('url')))
  const redact = redactorOf(secrets)
  try {
    return { name, kind, sink: opened.open(given), redact }
  } catch (error) {
    if (!(error instanceof VainoError)) throw error
    throw new VainoError(error.code, `${where}: ${error.message}`, { ...(error.hint && { hint: error.hint }) })
  }
}

function withoutReferences(place: string, value: unknown, sources: SecretSources): unknown {
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, withoutReferences(`${place}.${name}`, inner, sources)]),
    )
  if (typeof value !== 'string') return value
  if (value.startsWith('file:')) return sources.readFile(place, value.slice('file:'.length))
  if (!value.startsWith('env:')) return value
  const variable = value.slice('env:'.length)
  const found = sources.environment[variable]?.trim()
  if (found === undefined || found === '')
    throw new VainoError('bad_config', `${place}: the variable ${variable} is not set`, {
      hint: `Set ${variable}, or name a file: file:/run/secrets/…`,
    })
  return found
}

const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []

/** What of an address is secret beside all of it: its path, its query, its user and password. */
function partsOf(place: string, kind: string, text: string, isSecret: boolean): string[] {
  const protocols = kind === 'smtp' ? ['smtp:', 'smtps:'] : ['http:', 'https:']
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
    throw new VainoError('bad_config', `${place}: expected an address that begins with ${protocols.join('// or ')}//`)
  if (!isSecret) return []
  const { pathname, search, username, password } = new URL(text)
  return [`${pathname}${search}`, pathname, search, username, password].flatMap((part) => [part, decoded(part)])
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // It has a % that encodes nothing, so nobody decodes it.
    return part
  }
}

/** Shorter texts stand in a message by chance. */
const leastSecret = 6

function redactorOf(secrets: readonly string[]): (text: string) => string {
  const wanted = [...new Set(secrets)].filter(({ length }) => length >= leastSecret).sort((a, b) => b.length - a.length)
  return (text) => wanted.reduce((found, secret) => found.replaceAll(secret, '(hidden)'), text)
}
