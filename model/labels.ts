import type { Json, Resource } from './resource.ts'

/** A longer text isn't kept: its resource is a candidate of every search. */
const maxText = 4096

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

/** A resource's ARN: of its collector, or as Terraform states it. */
const arnOf = ({ metadata, configuration }: Resource): string => {
  const arn = metadata?.arn ?? configuration?.arn
  return typeof arn === 'string' ? arn : ''
}

/**
 * What a resource is found by: id, name, ARN and each tag as `name=value`, in lower case, each between two line feeds; null where that
 * is longer than {@link maxText} characters, or holds a NUL, at which SQLite's patterns end.
 */
export function labelText(resource: Resource): string | null {
  let text = `\n${resource.id}\n${resource.name ?? ''}\n${arnOf(resource)}\n`
  const { tags } = resource
  for (const name in tags) text += `${name}=${textOf(tags[name])}\n`
  return text.length > maxText || text.includes('\0') ? null : text.toLowerCase()
}

/** What stands in {@link labelText} of a resource with this name, or with this tag as `name=value`. */
const wholeLabel = (label: string): string => `\n${label.toLowerCase()}\n`

/** What a filter asks of labels. */
interface Searched {
  readonly q?: string | undefined
  readonly name?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** What {@link labelText} must hold of a resource that passes: each a part of that text. */
export const searchedTexts = ({ q, name, tags }: Searched): string[] => [
  ...(q === undefined ? [] : [q.toLowerCase()]),
  ...(name === undefined ? [] : [wholeLabel(name)]),
  ...Object.entries(tags ?? {}).map(([tag, value]) => wholeLabel(`${tag}=${value}`)),
]

/** Whether a text stands in a resource's id, name, ARN or one of its tags, capitals or not. */
export function isFoundBy(resource: Resource, text: string): boolean {
  const wanted = text.toLowerCase()
  const { id, name, tags } = resource
  if ([id, name ?? '', arnOf(resource)].some((label) => label.toLowerCase().includes(wanted))) return true
  return Object.entries(tags ?? {}).some(([tag, value]) => `${tag}=${textOf(value)}`.toLowerCase().includes(wanted))
}
