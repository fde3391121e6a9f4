import type { KeyPath } from './keys.ts'

/** One place that configuration comes from. */
export interface Layer {
  /** As it was written, nothing checked. */
  readonly values: Values
  /** Where a value, or the name of a key, stands: `vaino.yaml:3:5`, `VAINO_LISTEN`, `--listen`. */
  locate(path: KeyPath, what: 'key' | 'value'): string
}

export interface Values {
  [name: string]: unknown
}

export const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function setAt(values: Values, path: readonly string[], value: unknown): void {
  const last = path.at(-1)
  if (last === undefined) return
  let at = values
  for (const part of path.slice(0, -1)) {
    const inner = at[part]
    if (isValues(inner)) at = inner
    else {
      const made: Values = {}
      at[part] = made
      at = made
    }
  }
  at[last] = value
}

export function getAt(values: unknown, path: KeyPath): unknown {
  let at = values
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<PropertyKey, unknown>)[part]
  }
  return at
}

/** Layers laid over each other: a later one wins, key by key; lists are replaced whole. */
export interface Merged {
  readonly values: Values
  /** The layer that a value comes from; `null` for a value that nobody gave. */
  ownerOf(path: KeyPath): Layer | null
}

export function mergeLayers(layers: readonly Layer[]): Merged {
  const values: Values = {}
  const owners = new Map<string, Layer>()
  const lay = (layer: Layer, from: Values, to: Values, path: string[]): void => {
    for (const [name, value] of Object.entries(from)) {
      const here = [...path, name]
      const under = Object.hasOwn(to, name) ? to[name] : undefined
      if (isValues(value)) {
        const inner: Values = isValues(under) ? under : {}
        Object.defineProperty(to, name, { value: inner, enumerable: true, writable: true, configurable: true })
        owners.set(JSON.stringify(here), layer)
        lay(layer, value, inner, here)
      } else {
        Object.defineProperty(to, name, { value, enumerable: true, writable: true, configurable: true })
        owners.set(JSON.stringify(here), layer)
      }
    }
  }
  for (const layer of layers) lay(layer, layer.values, values, [])
  return {
    values,
    ownerOf(path) {
      for (let length = path.length; length > 0; length--) {
        const owner = owners.get(JSON.stringify(path.slice(0, length)))
        if (owner !== undefined) return owner
      }
      return null
    },
  }
}
