import type { JsonObject } from '../../model/json.ts'

/** All that is there, by API and path: `compute projects/p/zones/z/instances/n`. */
export class Store {
  readonly #things = new Map<string, JsonObject>()

  get(api: string, path: string): JsonObject | undefined {
    return this.#things.get(`${api} ${path}`)
  }

  set(api: string, path: string, thing: JsonObject): void {
    this.#things.set(`${api} ${path}`, thing)
  }

  delete(api: string, path: string): boolean {
    return this.#things.delete(`${api} ${path}`)
  }

  get size(): number {
    return this.#things.size
  }

  /** The things right below a collection, whose `-` stands for any place. */
  in(api: string, collection: string): [string, JsonObject][] {
    return this.#matching(api, new RegExp(`^${pathPattern(collection)}/[^/]+$`))
  }

  /** The things of a collection in all zones, in all regions and globally. */
  everywhere(api: string, project: string, collection: string): [string, JsonObject][] {
    return this.#matching(
      api,
      new RegExp(`^projects/${project}/(?:global|zones/[^/]+|regions/[^/]+)/${collection}/[^/]+$`),
    )
  }

  #matching(api: string, pattern: RegExp): [string, JsonObject][] {
    const found: [string, JsonObject][] = []
    for (const [key, thing] of this.#things) {
      if (!key.startsWith(`${api} `)) continue
      const path = key.slice(api.length + 1)
      if (pattern.test(path)) found.push([path, thing])
    }
    return found.sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

const pathPattern = (path: string): string =>
  path
    .split('/')
    .map((part) => (part === '-' ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/')
