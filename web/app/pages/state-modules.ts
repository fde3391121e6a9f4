/** A module of a state with its modules, and its own addresses. */
export interface StateModule {
  /** What addresses in it begin with; empty: the root module. */
  readonly prefix: string
  /** `module.web["a"]` */
  readonly label: string
  /** Addresses in it and below. */
  count: number
  readonly modules: Map<string, StateModule>
  readonly addresses: string[]
}

/** A module's name and, where it has `count` or `for_each`, its instance. Text in quotes may hold dots and brackets. */
const firstModule = /^(module\.[^.[]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?)\./

/** Addresses of a state as a tree of modules. */
export function modulesOf(addresses: readonly string[]): StateModule {
  const root: StateModule = { prefix: '', label: '', count: 0, modules: new Map(), addresses: [] }
  for (const address of addresses) {
    let at = root
    at.count++
    for (let rest = address; ; ) {
      const label = firstModule.exec(rest)?.[1]
      if (label === undefined) break
      rest = rest.slice(label.length + 1)
      const found = at.modules.get(label) ?? {
        ...{ prefix: `${at.prefix}${label}.`, label, count: 0, modules: new Map(), addresses: [] },
      }
      at.modules.set(label, found)
      found.count++
      at = found
    }
    at.addresses.push(address)
  }
  return root
}

/** The shortest ends of the paths of states that still tell them apart: `infra/network/terraform.tfstate` is `network` beside `infra/prod/terraform.tfstate`. */
export function shortPaths(paths: readonly string[]): ReadonlyMap<string, string> {
  const parts = paths.map((path) => path.replace(/(.)\/terraform\.tfstate$/, '$1').split('/'))
  const deepest = Math.max(0, ...parts.map((each) => each.length))
  for (let kept = 1; kept <= deepest; kept++) {
    const ends = parts.map((each) => each.slice(-kept).join('/'))
    if (new Set(ends).size === paths.length) return new Map(paths.map((path, at) => [path, ends[at] ?? path]))
  }
  return new Map(paths.map((path) => [path, path]))
}
