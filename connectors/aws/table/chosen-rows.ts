import { chosenTypes, type TypePatterns } from '../../chosen-types.ts'
import type { Row } from './row.ts'
import { rows } from './table.ts'

/** @throws VainoError `bad_config` */
export const chosenRows = (patterns: TypePatterns): readonly Row[] => chosenTypes(rows, patterns, 'docs/aws.md')
