import { createRedactor } from '../../model/redaction.ts'
import type { Json } from '../../model/resource.ts'

export const redactor = createRedactor(new Uint8Array(32).fill(7))

type Attributes = { [name: string]: Json }

/** A resource of format 4 with one instance. */
export const resource4 = (name: string, attributes: Attributes, more: Attributes = {}, instance: Attributes = {}) => ({
  mode: 'managed',
  type: 'aws_instance',
  name,
  provider: 'provider["registry.terraform.io/hashicorp/aws"]',
  ...more,
  instances: [{ schema_version: 1, attributes, sensitive_attributes: [], ...instance }],
})

/** A state of format 4, as terraform writes it. */
export const state4 = (resources: readonly object[], more: Attributes = {}): string =>
  `${JSON.stringify(
    {
      version: 4,
      terraform_version: '1.11.4',
      serial: 1,
      lineage: 'first-lineage',
      outputs: {},
      ...more,
      resources,
      check_results: null,
    },
    null,
    2,
  )}\n`
