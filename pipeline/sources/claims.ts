import type { Target } from '../../connectors/source.ts'

/** One target reads a scope, and one scope stands for what is read: the first that comes has it, the next is refused. */
export class Claims {
  readonly #owners = new Map<string, { readonly source: object; readonly name: string; readonly scope: string }>()

  /** @returns why the source may not have the target; `null`: it has it */
  take(source: object, name: string, target: Target): string | null {
    const keys = keysOf(target)
    for (const key of keys) {
      const owner = this.#owners.get(key)
      if (owner === undefined || (owner.source === source && owner.scope === target.scope)) continue
      return `it is read already, as ${owner.scope} of ${owner.name}; take it out of one of the two sources`
    }
    for (const key of keys) this.#owners.set(key, { source, name, scope: target.scope })
    return null
  }

  release(source: object, target: Target): void {
    for (const key of keysOf(target)) {
      const owner = this.#owners.get(key)
      if (owner?.source === source && owner.scope === target.scope) this.#owners.delete(key)
    }
  }
}

/** A scope has slashes and never begins so. */
const keysOf = ({ scope, identity }: Target): string[] =>
  identity === undefined ? [scope] : [scope, `identity ${identity}`]
