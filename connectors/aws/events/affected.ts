import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import type { CloudTrailEvent } from './cloudtrail-event.ts'
import { type Affected, affectedByEc2 } from './ec2-ids.ts'
import { type EventRule, rulesOf } from './event-rules.ts'

/**
 * What an event says to look at: Terraform types, and of each the ids that it names; a type without ids is looked at whole. Types
 * that nothing here knows of are left to the reader.
 * @returns null where the event's operation is unknown: anything of its service may have changed
 */
export function affectedBy(event: CloudTrailEvent): Affected | null {
  const { service, name, request, response } = event
  if (service === 'ec2') return affectedByEc2(name, request, response)
  const rules = rulesOf(service).filter(({ operations }) => operations.test(name))
  if (rules.length === 0) return null
  const ids = new Map<string, Set<string>>()
  for (const rule of rules) {
    if (rule.when?.(request, response) === false) continue
    const known = ids.get(rule.type) ?? new Set()
    ids.set(rule.type, known)
    for (const id of idsOf(rule, event)) known.add(id)
  }
  return new Map([...ids].map(([type, found]) => [type, [...found]]))
}

/** The first of a rule's templates that the event fills, else the ARNs that it names itself. */
function idsOf({ ids = [], arn }: EventRule, { request, response, arns }: CloudTrailEvent): readonly string[] {
  for (const template of ids) {
    const filled = filledBy(template, request) ?? filledBy(template, response)
    if (filled !== null) return [filled]
  }
  return arn === undefined ? [] : arns.flatMap((one) => arn.exec(one)?.[1] ?? [])
}

const placeholder = /\{([\w.]+)(:?)\}/g

/** A template with the members of a document; null where one of them is missing. */
function filledBy(template: string, from: JsonObject): string | null {
  let isWhole = true
  const text = template.replace(placeholder, (_all, path: string, colon: string) => {
    const value = path.split('.').reduce<Json | undefined>(memberOf, from)
    if (typeof value === 'string' && value !== '') return colon === '' ? value : value.slice(value.lastIndexOf(':') + 1)
    isWhole = false
    return ''
  })
  return isWhole ? text : null
}

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  value !== undefined && isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
