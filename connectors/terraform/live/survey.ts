import type { StateReading } from '../read-state.ts'
import { Evidence } from './configure.ts'
import { readInstances } from './instances.ts'

/** What a survey of a state has found. */
export interface Survey {
  readonly state: StateReading
  /** By name of the provider configuration. */
  readonly evidence: ReadonlyMap<string, Evidence>
  /** The provider configurations of the asked instances: only their processes are needed. */
  readonly asked: ReadonlySet<string>
}

/**
 * Reads through a state for what its provider configurations are, and how many instances each has.
 * @param only the addresses that are asked about; `null`: all
 */
export async function survey(
  chunks: AsyncIterable<Uint8Array>,
  only: ReadonlySet<string> | null = null,
): Promise<Survey> {
  const asked = new Set<string>()
  const evidence = new Map<string, Evidence>()
  const state = await readInstances(chunks, (instance) => {
    const { name, provider } = instance.configuration
    const known = evidence.get(name) ?? new Evidence(provider)
    evidence.set(name, known)
    known.add(instance)
    if (only === null || only.has(instance.id)) asked.add(name)
  })
  return { state, evidence, asked }
}
