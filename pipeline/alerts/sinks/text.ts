import { isObject } from '../../../model/json.ts'
import type { AlertItem } from '../alert.ts'
import { type AlertMessage, oneLine } from '../message.ts'

/** A message in lines for people, without its title: each item with its fields, as far as there is room for whole items. */
export function linesOf(message: AlertMessage, maxLength: number): string[] {
  if (message.text !== undefined) return cut(message.text, maxLength).split('\n')
  const lines: string[] = []
  let length = 0
  let shown = 0
  for (const item of message.items) {
    const block = itemLines(item)
    const size = block.reduce((sum, line) => sum + line.length + 1, 0)
    if (length + size > maxLength) break
    lines.push(...block)
    length += size
    shown++
  }
  const more = message.items.length - shown + message.omitted
  if (more > 0) lines.push(`and ${more} more`)
  if (message.still_open > 0) lines.push(`${message.still_open} open in all.`)
  return lines
}

function itemLines(item: AlertItem): string[] {
  const fields = item.fields.map(({ path, before, after }) => `  ${path}: ${before} → ${after}`)
  const omitted = item.omitted > 0 ? [`  and ${item.omitted} more fields`] : []
  const by = actorText(item.actor)
  return [`• ${oneLine(item)}`, ...fields, ...omitted, ...(by === null ? [] : [`  by ${by}`])]
}

/** Who did it, as far as that is one text. */
export function actorText(actor: AlertItem['actor']): string | null {
  if (typeof actor === 'string') return actor
  if (!isObject(actor)) return null
  const name = actor.arn ?? actor.name ?? actor.user_agent
  return typeof name === 'string' ? name : null
}

export const cut = (text: string, maxLength: number): string =>
  text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text
