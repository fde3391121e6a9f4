import type { Identities } from '../identity.ts'
import { isAmbientObject } from './ambient.ts'
import { isOfAnother } from './applied/appliers.ts'
import { stateDifferences } from './terraform/differences.ts'
import { statedObject } from './terraform/kinds.ts'
import { releaseOf, revisionOf, statedRelease, statedRevision } from './terraform/release.ts'

/**
 * Which object of a cluster an instance of a state stands for. A state names no cluster: the uid of an object tells it, for all that the same
 * configuration of its provider made.
 */
export const kubernetesIdentities: Identities = {
  provider: 'kubernetes',
  partnerOf(instance) {
    const release = statedRelease(instance)
    if (release !== null) return { type: 'Secret', id: release, account: null, location: '-', uid: null }
    const stated = instance.provider === 'kubernetes' ? statedObject(instance) : null
    if (stated === null) return null
    const { kind, namespace, name, uid } = stated
    return { type: kind, id: namespace === null ? name : `${namespace}/${name}`, account: null, location: '-', uid }
  },
  isAmbient: (collected) => isAmbientObject(collected) || isOfAnother(collected),
  holderOf(collected) {
    const release = releaseOf(collected)
    return release === null ? null : { type: 'Secret', id: release }
  },
  hasHolder: () => false,
  locationOf: (_type, beside) => beside,
  placedByUid: {
    siblingOf: (configuration) =>
      configuration.replace(/\/(helm|kubernetes)"\]/, (_, name) => `/${name === 'helm' ? 'kubernetes' : 'helm'}"]`),
  },
  seriesOf: (type, id) => (type === 'Secret' ? (revisionOf(id)?.release ?? null) : null),
  versionOf: statedRevision,
  differences: stateDifferences,
}
