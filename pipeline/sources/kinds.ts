import type { z } from 'zod'
import { awsOptions } from '../../connectors/aws/options.ts'
import type { Connector } from '../../connectors/connector.ts'
import { gcpOptions } from '../../connectors/gcp/options.ts'
import { kubernetesOptions } from '../../connectors/kubernetes/options.ts'
import { terraformOptions } from '../../connectors/terraform/options.ts'
import { formatDuration } from '../../model/duration.ts'

interface Kind {
  /** The source's own keys: read with the configuration, so that an error names its line. */
  readonly options: z.ZodObject
  /** `KIND:` alone is a source. */
  readonly mayBeAlone?: true
  /** From the end of a scan to the next where the configuration doesn't say it, milliseconds; default: {@link usualIntervalMs}. */
  readonly intervalMs?: number
  /** How long `vaino doctor` may check it, milliseconds; default: as long as anything. */
  readonly checkWithinMs?: number
  /** Loaded when a source names the kind: only those who use a cloud's client pay for it. */
  readonly load: () => Promise<Connector>
}

/** From the end of a scan to the next where neither the configuration nor the kind says it, milliseconds. */
export const usualIntervalMs = 30_000

/** The kinds of sources. A new connector is one line here. */
export const kinds: Readonly<Record<string, Kind>> = {
  aws: {
    options: awsOptions,
    mayBeAlone: true,
    // 17 regions are some 1,800 scopes, a call each at least. What must be seen sooner comes through a queue of events.
    intervalMs: 5 * 60_000,
    // The first time npm fetches its clients, 170 MB. Then one thing of each type is read, ten calls a second of a service.
    checkWithinMs: 5 * 60_000,
    load: async () => (await import('../../connectors/aws/connector.ts')).aws,
  },
  gcp: {
    options: gcpOptions,
    mayBeAlone: true,
    // Some 100 scopes a project. What must be seen sooner comes through events.
    intervalMs: 2 * 60_000,
    checkWithinMs: 5 * 60_000,
    load: async () => (await import('../../connectors/gcp/connector.ts')).gcp,
  },
  kubernetes: {
    options: kubernetesOptions,
    mayBeAlone: true,
    load: async () => (await import('../../connectors/kubernetes/connector.ts')).kubernetes,
  },
  terraform: {
    options: terraformOptions,
    load: async () => (await import('../../connectors/terraform/connector.ts')).terraform,
  },
}

export const sourceKinds: readonly string[] = Object.keys(kinds)

const kindOf = (kind: string): Kind | undefined => (Object.hasOwn(kinds, kind) ? kinds[kind] : undefined)

/** Milliseconds; undefined: as long as anything. */
export const checkWithinMsOfKind = (kind: string): number | undefined => kindOf(kind)?.checkWithinMs

/** From the end of a scan of this kind to the next where the configuration doesn't say it, milliseconds. */
export const intervalMsOfKind = (kind: string): number => kindOf(kind)?.intervalMs ?? usualIntervalMs

/** The intervals of all kinds, for the reference page. */
export const usualIntervals: string = [
  `\`${formatDuration(usualIntervalMs)}\``,
  ...Object.entries(kinds).flatMap(([kind, { intervalMs }]) =>
    intervalMs === undefined ? [] : [`\`${formatDuration(intervalMs)}\` for \`${kind}\``],
  ),
].join(', ')
