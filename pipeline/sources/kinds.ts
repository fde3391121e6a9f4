import type { z } from 'zod'
import { awsOptions } from '../../connectors/aws/options.ts'
import type { Connector } from '../../connectors/connector.ts'
import { kubernetesOptions } from '../../connectors/kubernetes/options.ts'
import { terraformOptions } from '../../connectors/terraform/options.ts'

interface Kind {
  /** The source's own keys: read with the configuration, so that an error names its line. */
  readonly options: z.ZodObject
  /** `KIND:` alone is a source. */
  readonly mayBeAlone?: true
  /** Loaded when a source names the kind: only those who use a cloud's client pay for it. */
  readonly load: () => Promise<Connector>
}

/** The kinds of sources. A new connector is one line here. */
export const kinds: Readonly<Record<string, Kind>> = {
  aws: {
    options: awsOptions,
    mayBeAlone: true,
    load: async () => (await import('../../connectors/aws/connector.ts')).aws,
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
