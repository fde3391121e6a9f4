import { VainoError } from '../../model/errors.ts'
import type { Connector } from '../connector.ts'
import { contextNames } from './access/kubeconfig.ts'
import { inCluster } from './access/open-access.ts'
import { KubernetesSource } from './kubernetes-source.ts'
import { type KubernetesOptions, kubernetesOptions } from './options.ts'

/** Watches the objects of one Kubernetes cluster. */
export const kubernetes: Connector<KubernetesOptions> = {
  kind: 'kubernetes',
  summary: 'A Kubernetes cluster: a context of the kubeconfig, or in-cluster in a pod',
  examples: ['kubernetes:CONTEXT', 'kubernetes:', 'kubernetes:*'],
  options: kubernetesOptions,
  async places(where, { name }) {
    if (where !== '*') return [where]
    if (name !== undefined) {
      throw new VainoError('bad_config', 'name is for one cluster, and * is all contexts', {
        hint: 'Leave it out: each cluster is called as its context.',
      })
    }
    return contextNames(process.env)
  },
  open(where, options, context) {
    if (/[\p{Cc}*]/u.test(where)) {
      throw new VainoError('bad_config', 'it is no name of a context', {
        hint: 'kubectl config get-contexts -o name lists them; kubernetes:* watches the clusters of all.',
      })
    }
    return new KubernetesSource(where === '' ? inCluster : where, options, context)
  },
}
