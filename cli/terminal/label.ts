import { type Scope, splitKey, splitScope } from '../../model/scope.ts'

/** A key as people read it: where the thing is, and what it is called there. */
export interface Label {
  /** Empty where the scope names nothing, as in a comparison of two state files. */
  readonly where: string
  readonly what: string
}

/** Stands between the two parts. */
export const separator = '·'

/** Every workspace's file has this name, so the folder says which one it is. */
const usualState = /\/terraform\.tfstate$/

/**
 * The parts of a scope that people need: `app/prod` for `terraform/app%2Fprod%2Fterraform.tfstate/-/state`, and
 * `aws/111122223333/eu-west-1` with `aws_instance/` before the id for `aws/111122223333/eu-west-1/aws_instance`.
 * Two scopes can share a label; `get` then asks for the key.
 */
export function scopeLabel(scope: Scope): { readonly where: string; readonly beforeId: string } {
  const { provider, account, location, collection } = splitScope(scope)
  if (provider === 'terraform' && location === null && collection === 'state') {
    return { where: (account ?? '').replace(usualState, ''), beforeId: '' }
  }
  const where = [provider, account, location].filter((part) => part !== null).join('/')
  return { where, beforeId: `${collection}/` }
}

export function labelOf(key: string): Label {
  const parts = splitKey(key)
  if (parts === null) return { where: '', what: key }
  const { where, beforeId } = scopeLabel(parts.scope)
  return { where, what: `${beforeId}${parts.id}` }
}

/** `app/prod · aws_s3_bucket.logs` */
export function labelText(key: string): string {
  const { where, what } = labelOf(key)
  return where === '' ? what : `${where} ${separator} ${what}`
}
