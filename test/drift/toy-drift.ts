import type { ToyEstate } from '../providers/toy-estate.ts'
import { type DriftRun, runDrift } from './drift-run.ts'

/** What our providers can't do without, as a user says it: nothing of it follows from the state. */
export const toyConfigurations = ({ cloud, otherCloud }: ToyEstate) => ({
  'vaino.test/vaino/toy': { cloud: cloud.folder },
  'vaino.test/vaino/toy.other': { cloud: otherCloud.folder },
  'vaino.test/vaino/toy5': { cloud: cloud.folder },
})

/** `vaino drift` of an estate of our providers. */
export const toyDrift = (estate: ToyEstate, live: object = {}, infra = estate.infra): Promise<DriftRun> =>
  runDrift(infra, {}, { configurations: toyConfigurations(estate), ...live })
