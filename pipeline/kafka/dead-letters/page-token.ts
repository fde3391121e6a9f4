import { VainoError } from '../../../model/errors.ts'

const separator = '-'

/** A page's token: up to which offset each partition is still to be read. */
export const encodePositions = (positions: readonly number[]): string =>
  positions.map((position) => position.toString(36)).join(separator)

/** @throws VainoError `bad_request` when it is no token of as many partitions */
export function positionsIn(token: string, partitions: number): number[] {
  const parts = token.split(separator, partitions + 1)
  const isToken = parts.length === partitions && parts.every((part) => /^[0-9a-z]{1,10}$/.test(part))
  if (isToken) return parts.map((part) => Number.parseInt(part, 36))
  throw new VainoError('bad_request', `"${token.slice(0, 40)}" is not a page of dead letters`, {
    hint: 'Take "page" as it stands in the answer before.',
  })
}
