import { isObject } from './json.ts'
import type { Json } from './resource.ts'

/**
 * The user agent of Terraform and of OpenTofu: `APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io)`. A role's or a session's
 * name has no version behind a slash.
 */
const agent = /(?:^|[\s/(])(?:Terraform|OpenTofu)\/v?\d/
/** The field manager that Terraform's Kubernetes provider has unless it is given another. */
const manager = /^Terraform$/

/**
 * Whether an actor is a run of Terraform's: its user agent says so, or the name under which it manages fields. An actor that is a text is
 * taken for a user agent.
 */
export function isTerraformRun(actor: Json): boolean {
  if (typeof actor === 'string') return agent.test(actor)
  if (!isObject(actor)) return false
  return Object.entries(actor).some(
    ([name, value]) =>
      typeof value === 'string' &&
      ((/agent/i.test(name) && agent.test(value)) || (/manager/i.test(name) && manager.test(value))),
  )
}
