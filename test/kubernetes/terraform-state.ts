import type { KubeObject } from './client.ts'

const provider = (name: string): string => `provider["registry.terraform.io/hashicorp/${name}"]`

interface Instance {
  readonly type: string
  readonly name: string
  readonly attributes: object
}

/** A state of format 4 as Terraform writes it, of instances of the Kubernetes and the Helm provider. */
export const stateOf = (instances: readonly Instance[], serial = 1): string =>
  JSON.stringify({
    ...{
      version: 4,
      terraform_version: '1.11.4',
      serial,
      lineage: 'b5f5a1a0-0000-4000-8000-000000000001',
      outputs: {},
    },
    resources: instances.map(({ type, name, attributes }) => ({
      ...{ mode: 'managed', type, name, provider: provider(type === 'helm_release' ? 'helm' : 'kubernetes') },
      instances: [{ schema_version: 1, attributes, sensitive_attributes: [] }],
    })),
  })

/** The `metadata` block of the provider's typed resources. */
export const metadataBlock = ({ metadata }: KubeObject, labels: object, annotations: object = {}): object[] => [
  {
    ...{ annotations, generate_name: '', generation: 1, labels, name: metadata.name, namespace: metadata.namespace },
    ...{ resource_version: metadata.resourceVersion, uid: metadata.uid },
  },
]
