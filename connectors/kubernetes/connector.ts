import { VainoError } from '../../model/errors.ts'
import type { Connector } from '../connector.ts'
import { inCluster } from './access/open-access.ts'
import { KubernetesSource } from './kubernetes-source.ts'
import { type KubernetesOptions, kubernetesOptions } from './options.ts'

/** Watches the objects of one Kubernetes cluster. */
export const kubernetes: Connector<KubernetesOptions> = {
  kind: 'kubernetes',
  summary: 'A Kubernetes cluster: a context of the kubeconfig, or in-cluster in a pod',
  examples: ['kubernetes:CONTEXT', 'kubernetes:'],
  options: kubernetesOptions,
  open(where, options, context) {
    if (/[\p{Cc}*]/u.test(where)) {
      throw new VainoError('bad_config', 'it is no name of a context', {
        hint: 'kubectl config get-contexts -o name lists them; a source watches one cluster.',
      })
    }
    return new KubernetesSource(where === '' ? inCluster : where, options, context)
  },
}
