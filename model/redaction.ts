import type { Json, Resource } from './resource.ts'

/** Replaces secrets by a keyed digest before anything is stored, sent or logged; see `createRedactor`. */
export interface Redactor {
  /** Redacts in place what the resource's names, values and nested JSON give away as secret. */
  redactResource(resource: Resource): void
  /** The placeholder for one secret value; a placeholder stays as it is. */
  redactValue(value: Json): Json
  /** Masks what looks like a secret in text that is no valid JSON (a dead letter's preview, an error message). */
  redactText(text: string): string
}
