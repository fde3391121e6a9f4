import { VainoError } from '../../model/errors.ts'
import { environmentLayer } from './environment.ts'
import { findFile, readLayer } from './file.ts'
import { jsonSchema, leaves } from './keys.ts'
import { getAt, type Layer, mergeLayers, type Values } from './layer.ts'
import { shownValue } from './mask.ts'
import { placeOf, problemsOf } from './problems.ts'
import { type Config, configSchema } from './schema.ts'
import { readSecretFile } from './secret-file.ts'

/** What the command line says of the configuration. */
export interface ConfigSources {
  /** The file to read; without it, `vaino.yaml` in the folder, if there is one. */
  readonly file?: string | undefined
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Keys given by flags, with the flag that gave each. */
  readonly flags?: readonly { readonly flag: string; readonly path: readonly string[]; readonly value: unknown }[]
}

export interface Setting {
  readonly path: readonly string[]
  /** As written, or the default; secret keys say only that they are given (`hidden`, `2 hidden`). */
  readonly value: unknown
  /** `default`, `vaino.yaml:3:5`, `VAINO_LISTEN`, `--listen` */
  readonly from: string
}

export interface LoadedConfig {
  readonly config: Config
  /** The file that was read. */
  readonly file: string | null
  /** Keys that have no effect here or have moved, and variables that look misspelled. */
  readonly warnings: readonly string[]
  readonly settings: readonly Setting[]
}

/**
 * The configuration: the defaults, then `vaino.yaml`, then `VAINO_*` variables, then flags.
 * @throws VainoError `bad_config` that lists everything that is wrong, a line each
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const schema = jsonSchema()
  const file = sources.file ?? sources.environment.VAINO_CONFIG ?? findFile(sources.folder)
  const environment = environmentLayer(sources.environment, schema, (variable, name) =>
    readSecretFile(variable, name, sources.folder),
  )
  const fromFile = file === null ? [] : [readLayer(file, sources.folder)]
  const merged = mergeLayers([...fromFile, environment.layer, ...(sources.flags ?? []).map(flagLayer)])
  const parsed = configSchema.safeParse(merged.values)
  if (!parsed.success) {
    throw new VainoError('bad_config', problemsOf(parsed.error.issues, merged, schema).join('\n'), {
      hint: 'Every key and what it takes: `vaino config schema`, and docs/configuration.md.',
    })
  }
  const given = leaves(schema).filter(({ path }) => getAt(merged.values, path) !== undefined)
  return {
    config: parsed.data,
    file,
    warnings: [
      ...environment.warnings,
      ...given.flatMap(({ path, schema: { 'x-instead': instead, 'x-moved': moved } }) => {
        const key = `${placeOf(path, 'key', merged)}${path.join('.')}`
        return instead !== undefined
          ? [`${key} has no effect. ${instead}`]
          : moved !== undefined
            ? [`${key} has moved. ${moved}`]
            : []
      }),
    ],
    settings: leaves(schema).map(({ path, schema: leaf }) => {
      const value = getAt(merged.values, path) ?? leaf.default ?? getAt(parsed.data, path)
      const owner = merged.ownerOf(path)
      const isGiven = owner !== null && getAt(merged.values, path) !== undefined
      return {
        path,
        value: shownValue(value, leaf),
        from: isGiven ? owner.locate(path, 'value') : 'default',
      }
    }),
  }
}

function flagLayer({ flag, path, value }: NonNullable<ConfigSources['flags']>[number]): Layer {
  const values: Values = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Values
  return { values, locate: () => flag }
}
