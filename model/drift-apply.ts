import { isObject } from './json.ts'
import type { Json } from './resource.ts'

/**
 * The user agent of Terraform and of OpenTofu: `APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io)`. A role's or a session's
 * name has no version behind a slash.
 */
const agent = /(?:^|[\s/(])(?:Terraform|OpenTofu)\/v?\d/
/** The field managers of Terraform's providers: of manifests, of its other Kubernetes resources, and of Helm's, which is its program's name. */
const manager = /^(?:Terraform|OpenTofu|HashiCorp|terraform-provider-\w+)(?:$|[_\W])/

/** Whether a field manager is Terraform's. */
export const isTerraformManager = (name: string): boolean => manager.test(name)

/**
 * Whether an actor is a run of Terraform's: its user agent says so, or the name under which it manages fields. An actor that is a text is
 * taken for a user agent.
 */
export function isTerraformRun(actor: Json): boolean {
  if (typeof actor === 'string') return agent.test(actor)
  if (!isObject(actor)) return false
  if (actor.type === 'field_manager' && typeof actor.name === 'string' && manager.test(actor.name)) return true
  return Object.entries(actor).some(
    ([name, value]) =>
      typeof value === 'string' &&
      ((/agent/i.test(name) && agent.test(value)) || (/manager/i.test(name) && manager.test(value))),
  )
}
