import { nearest } from '../../model/nearest.ts'
import type { AlertItem } from './alert.ts'
import type { AlertMessage } from './message.ts'
import { groupNames } from './routes-schema.ts'
import { actorText, linesOf } from './sinks/text.ts'

/** Characters of what a template makes; a longer title or text is cut. */
const maxTitle = 300
const maxText = 10_000

type FieldOf = (message: AlertMessage) => string | number | null | undefined

const ofItem = [
  ...(['name', 'scope', 'key', 'type', 'severity', 'owner', 'status', 'op', 'condition', 'event', 'at'] as const),
  ...(['provider', 'account', 'region', 'namespace', 'message'] as const),
] as const satisfies readonly (keyof AlertItem)[]

/** Everything that a template may name. */
const fields: Readonly<Record<string, FieldOf>> = {
  title: ({ title }) => title,
  lines: (message) => linesOf(message, maxText).join('\n'),
  ...{ route: ({ route }) => route, kind: ({ kind }) => kind, at: ({ at }) => at, id: ({ id }) => id },
  ...{ incident: ({ incident }) => incident, severity: ({ severity }) => severity },
  ...{ opened: ({ counts }) => counts.open, worse: ({ counts }) => counts.changed },
  ...{ resolved: ({ counts }) => counts.resolved, changes: ({ counts }) => counts.changes },
  ...{ still_open: ({ still_open }) => still_open, omitted: ({ omitted }) => omitted },
  ...Object.fromEntries(groupNames.map((name): [string, FieldOf] => [`group.${name}`, ({ labels }) => labels[name]])),
  ...Object.fromEntries(ofItem.map((name): [string, FieldOf] => [`first.${name}`, ({ items }) => items[0]?.[name]])),
  'first.actor': ({ items: [first] }) => (first === undefined ? null : actorText(first.actor)),
} satisfies Record<string, FieldOf>

/** `{{` is a brace, `{name}` a field. */
const marks = /\{\{|\{([^{}]*)\}?/g

/** What is wrong with a template; null: nothing. */
export function templateProblem(text: string): string | null {
  for (const [mark, name] of text.matchAll(marks)) {
    if (name === undefined) continue
    if (!mark.endsWith('}')) return `${mark.slice(0, 20)} has no } behind it; a brace is written {{`
    if (Object.hasOwn(fields, name)) continue
    const meant = nearest(name, Object.keys(fields))
    const hint = meant === null ? `there are ${Object.keys(fields).join(', ')}` : `did you mean {${meant}}?`
    return `{${name}} is no field of a message: ${hint}`
  }
  return null
}

/** Fills a template in once: a value that looks like a field is text. @param text without a {@link templateProblem} */
const filled = (text: string, message: AlertMessage): string =>
  text.replace(marks, (_, name: string | undefined) =>
    name === undefined ? '{' : String(fields[name]?.(message) ?? ''),
  )

/** What a message says where its route has templates of its own. */
export function rendered(
  { title, text }: { readonly title?: string | undefined; readonly text?: string | undefined },
  message: AlertMessage,
): AlertMessage {
  return {
    ...message,
    ...(title !== undefined && { title: filled(title, message).replaceAll(/\s+/g, ' ').trim().slice(0, maxTitle) }),
    ...(text !== undefined && { text: filled(text, message).slice(0, maxText) }),
  }
}
