import type { Parameters } from 'fast-check'

const number = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text)

/**
 * How a property test runs: as often as VAINO_RUNS says, with the seed that VAINO_SEED gives or one of this moment. A failure
 * prints both the seed and the smallest input that it found.
 *
 * @param usual number of runs without VAINO_RUNS
 * @example fc.assert(fc.property(fc.string(), (text) => parse(format(text)) === text), runs(200))
 */
export const runs = (usual: number): Parameters<unknown> => ({
  numRuns: number(process.env.VAINO_RUNS) ?? usual,
  seed: number(process.env.VAINO_SEED) ?? Date.now() | 0,
})
