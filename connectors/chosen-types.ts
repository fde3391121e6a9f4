import { VainoError } from '../model/errors.ts'
import { compileGlob } from '../model/glob.ts'
import { nearest } from '../model/nearest.ts'

export interface TypePatterns {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/**
 * The rows of the types that are watched.
 * @param page the documentation that lists them
 * @throws VainoError `bad_config` for a pattern of which no type is known: it would be watched by nobody, without a word
 */
export function chosenTypes<R extends { readonly type: string }>(
  rows: readonly R[],
  { include, exclude }: TypePatterns,
  page: string,
): readonly R[] {
  const types = rows.map(({ type }) => type)
  const unknown = [...include, ...exclude].find((pattern) => !types.some(compileGlob(pattern)))
  if (unknown !== undefined) {
    const meant = nearest(unknown, types)
    throw new VainoError('bad_config', `vaino reads no type ${unknown}`, {
      hint: meant === null ? `${page} has the types that it reads.` : `Did you mean ${meant}?`,
    })
  }
  const [isIn, isOut] = [include.map(compileGlob), exclude.map(compileGlob)]
  return rows.filter(({ type }) => isIn.some((matches) => matches(type)) && !isOut.some((matches) => matches(type)))
}
