import { statSync } from 'node:fs'
import path from 'node:path'
import { isMap, isSeq, type Node } from 'yaml'
import { messageOf, VainoError } from '../../model/errors.ts'
import type { KeyPath } from './keys.ts'
import { isValues, type Layer, type Values } from './layer.ts'
import { nearestFile } from './nearest-file.ts'
import { readRegularFile } from './regular-file.ts'
import { readYaml } from './yaml-text.ts'

const maxBytes = 1 << 20
const defaultNames = ['vaino.yaml', 'vaino.yml']

/** The configuration file that a folder has, or `null`. @throws VainoError `bad_config` when it has two */
export function findFile(folder: string): string | null {
  const found = defaultNames.filter((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile())
  if (found.length > 1) {
    throw new VainoError('bad_config', `There are both ${found.join(' and ')} in ${folder}`, {
      hint: 'Keep one of them, or name it with --config FILE.',
    })
  }
  return found[0] ?? null
}

/**
 * Reads a configuration file.
 * @param file as the user named it, relative to `folder`
 * @throws VainoError `bad_config` with every place where it is no YAML
 */
export function readLayer(file: string, folder: string): Layer {
  return parseLayer(readText(path.resolve(folder, file), file), file)
}

function readText(absolute: string, file: string): string {
  try {
    return readRegularFile(absolute, 'a configuration', maxBytes)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new VainoError(
      'bad_config',
      missing ? `There is no configuration file ${file}` : `${file} cannot be read: ${messageOf(error)}`,
      {
        cause: error,
        hint: missing ? whereElse(absolute) : 'A configuration is a regular file with YAML in UTF-8.',
      },
    )
  }
}

/** @param name what messages call it */
export function parseLayer(text: string, name: string): Layer {
  const { contents, value, problems, position } = readYaml(text)
  const placeOf = (offset: number) => {
    const { line, col } = position(offset)
    return `${name}:${line}:${col}`
  }
  const found = problems.map(({ offset, message }) => `${placeOf(offset)}: ${message}`)
  const root = value ?? null
  if (found.length === 0 && root !== null && !isValues(root)) found.push(`${name}:1:1: expected keys and values`)
  if (found.length > 0) throw new VainoError('bad_config', found.join('\n'))
  return {
    values: isValues(root) ? withoutNulls(root) : {},
    locate: (at, what) => placeOf(offsetOf(contents, at, what)),
  }
}

/** A key with nothing after it (all of a block commented out, say) is as if it were not there. */
function withoutNulls(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, isValues(value) ? withoutNulls(value) : value]),
  )
}

function offsetOf(contents: Node | null, at: KeyPath, what: 'key' | 'value'): number {
  let node: unknown = contents
  let offset = contents?.range?.[0] ?? 0
  for (const [index, part] of at.entries()) {
    const isLast = index === at.length - 1
    if (isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(part))
      if (pair === undefined) break
      const wanted = (isLast && what === 'key') || pair.value === null ? pair.key : pair.value
      offset = (wanted as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else break
  }
  return offset
}

function whereElse(absolute: string): string {
  const meant = nearestFile(absolute)
  return meant === null ? 'Check the path given by --config or VAINO_CONFIG.' : `Did you mean ${meant}?`
}
