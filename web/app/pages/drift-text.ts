import { base } from '../client/client.ts'
import type { DriftItem } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { statusWord } from '../parts/badge.tsx'
import type { Field } from '../parts/field-tree.ts'
import { scopeParts, valueText } from '../parts/value.ts'

/** A word of a shell: in quotes where it holds what a shell would take. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

export interface CommandLine {
  readonly label: string
  readonly line: string
}

/** `terraform` in the folder of a local state. */
function terraformOf(state: string): string {
  const { account: path } = scopeParts(state)
  const folder = path.includes('://') || !path.includes('/') ? '' : path.slice(0, path.lastIndexOf('/'))
  return folder === '' ? 'terraform' : `terraform ${word(`-chdir=${folder}`)}`
}

/** Whether what was applied to an object of Kubernetes is what it is compared with, and not a state. */
export const isApplied = ({ state }: DriftItem): boolean =>
  state.startsWith('kubernetes/') && state.endsWith(':applied')

/** The lines for an object of Kubernetes: kubectl knows what was applied with it. */
function kubectlOf({ type, name, namespace, address }: DriftItem, show: CommandLine): readonly CommandLine[] {
  const dot = type.lastIndexOf('.')
  const kind = type.slice(dot + 1).toLowerCase() + (dot < 0 ? '' : `.${type.slice(0, dot)}`)
  const kubectl = namespace === null ? 'kubectl' : `kubectl -n ${word(namespace)}`
  const last = `${kubectl} apply view-last-applied ${word(`${kind}/${name ?? address}`)} -o yaml`
  return [
    { label: 'Show the difference', line: `${last} | ${kubectl} diff -f -` },
    { label: 'Put it right', line: `${last} | ${kubectl} apply -f -` },
    show,
  ]
}

/** The lines that show an item of drift, and those that put it right. */
export function commandsOf(item: DriftItem): readonly CommandLine[] {
  const { status, state, address, key, type, name, identity, resource_id } = item
  const terraform = terraformOf(state)
  const target = word(`-target=${address}`)
  const show: CommandLine = { label: 'Show it', line: `vaino get ${word(key)} --server ${base}` }
  if (isApplied(item) && status === 'changed') return kubectlOf(item, show)
  switch (status) {
    case 'changed':
      return [
        { label: 'Show the plan', line: `${terraform} plan ${target}` },
        { label: 'Put it right', line: `${terraform} apply ${target}` },
        { label: 'Or accept it', line: `${terraform} apply -refresh-only ${target}` },
        show,
      ]
    case 'missing':
      return [
        { label: 'Show the plan', line: `${terraform} plan ${target}` },
        { label: 'Create it anew', line: `${terraform} apply ${target}` },
        { label: 'Or forget it', line: `${terraform} state rm ${word(address)}` },
      ]
    case 'unmanaged': {
      const label = (name ?? 'found').replace(/\W+/g, '_').replace(/^(\d)/, '_$1')
      return [
        {
          label: 'Take it over',
          line: `terraform import ${word(`${type}.${label}`)} ${word(resource_id ?? identity ?? '')}`,
        },
        show,
      ]
    }
    default:
      return [{ label: 'Look for the cause', line: `vaino doctor --server ${base}` }, show]
  }
}

export const fieldsOf = (item: DriftItem): readonly Field[] =>
  item.fields.map(({ path, before, after }) => ({
    ...{ path, before, after },
    op: before === null ? 'add' : after === null ? 'remove' : 'replace',
  }))

const tiers: Readonly<Record<NonNullable<DriftItem['tier']>, string>> = {
  since_apply: 'Certain: the same reading showed something else when the state last moved.',
  state: 'It differs from the state, judged by the provider’s schema.',
}

/** How certain it is, or why it isn't known. */
export function certaintyOf(item: DriftItem): string {
  const { status, tier, reason, message, replaced } = item
  if (isApplied(item) && status === 'changed') return 'It is not as it was applied.'
  if (status === 'unknown') return message ?? `Not known: ${(reason ?? 'not read').replaceAll('_', ' ')}.`
  if (status === 'missing') return 'Terraform would create it anew.'
  if (status === 'unmanaged') return 'It is in no state.'
  return `${replaced ? 'Another one stands in its place. ' : ''}${tier === null ? '' : tiers[tier]}`
}

/** An item as Markdown, for a ticket or a chat. */
export function markdownOf(item: DriftItem): string {
  const { address, type, status, severity, since, actor, state, owner } = item
  const facts = [
    since === null ? null : `since ${since}`,
    actorText(actor) === null ? null : `by ${actorText(actor)}`,
    `in \`${scopeParts(state).account}\``,
    owner === null ? null : `owner ${owner}`,
  ].filter((fact) => fact !== null)
  const fields = fieldsOf(item).map(
    ({ path, op, before, after }) =>
      `| \`${path}\` | ${op === 'add' ? '' : `\`${valueText(before)}\``} | ${op === 'remove' ? '' : `\`${valueText(after)}\``} |`,
  )
  const table = fields.length === 0 ? [] : ['', '| field | before | after |', '| --- | --- | --- |', ...fields]
  const commands = commandsOf(item).map(({ line }) => line)
  return [
    `### \`${address || type}\` ${statusWord(status)}${severity === null ? '' : ` (${severity})`}`,
    '',
    `${facts.join(', ')}. ${certaintyOf(item)}`,
    ...table,
    ...['', '```sh', ...commands, '```', ''],
  ].join('\n')
}
