import { Command } from 'commander'
import type { LoadedConfig, Setting } from '../../pipeline/config/load.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, configFlags, type SharedFlags } from '../shared-flags.ts'
import { type View, writeList, writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { counted } from '../terminal/words.ts'

/** Reads the configuration that the flags, the variables and the file give. @throws VainoError `bad_config` */
export async function readConfig(flags: SharedFlags): Promise<LoadedConfig> {
  // Loaded late: zod and yaml together cost a call 60 ms, and most calls need neither.
  const { loadConfig } = await import('../../pipeline/config/load.ts')
  return loadConfig({
    file: flags.config,
    folder: process.cwd(),
    environment: process.env,
    flags: configFlags(flags),
  })
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

interface ShownSetting extends Pick<Setting, 'value' | 'from'> {
  readonly key: string
}

const settingView: View<ShownSetting> = {
  columns: [
    { title: 'KEY', of: ({ key }) => key },
    { title: 'VALUE', of: ({ value }) => textOf(value) },
    { title: 'FROM', of: ({ from }) => from },
  ],
  empty: 'there are no keys',
}

export function configCommand(): Command {
  const check = new Command('check')
    .description('Check the configuration, and tell everything that is wrong with it.')
    .action(async (flags: SharedFlags) => {
      const page = pageOf(flags)
      const { config, file, warnings, settings } = await readConfig(flags)
      for (const warning of warnings) page.note(warning)
      const { checkSources } = await import('../../pipeline/sources/open-sources.ts')
      await checkSources(config)
      const given = settings.filter(({ from }) => from !== 'default').length
      const read = file === null ? 'there is no vaino.yaml here' : `${file} was read`
      await writeOne(
        { ok: true, file, warnings, keys_given: given },
        () => `The configuration is good: ${read}, ${counted(given, 'key is', 'keys are')} given.\n`,
        page,
      )
    })
  const show = new Command('show')
    .description('Show every key with its value and where that comes from. Secrets are not shown.')
    .action(async (flags: SharedFlags) => {
      const page = pageOf(flags)
      const { warnings, settings } = await readConfig(flags)
      for (const warning of warnings) page.note(warning)
      await writeList(
        settings.map(({ path, value, from }) => ({ key: path.join('.'), value, from })),
        settingView,
        page,
      )
    })
  const schema = new Command('schema')
    .description('Print the JSON Schema of vaino.yaml, for editors.')
    .action(async (flags: SharedFlags) => {
      const { jsonSchema } = await import('../../pipeline/config/keys.ts')
      const page = pageOf(flags)
      await writeOne(jsonSchema(), () => `${JSON.stringify(jsonSchema(), null, 2)}\n`, page)
    })
  addExamples(addSharedFlags(check, ['configuration', 'showing']), [
    ['config check', 'vaino.yaml here, and the VAINO_* variables'],
    ['config check --config prod.yaml', 'another file'],
  ])
  addExamples(addSharedFlags(show, ['configuration', 'collecting', 'serving', 'showing']), [
    ['config show', 'every key'],
    ['config show --listen 0.0.0.0:8420 -o yaml', 'as it would be with a flag'],
  ])
  addExamples(addSharedFlags(schema, ['showing']), [
    ['config schema > vaino.schema.json', 'then, in vaino.yaml: # yaml-language-server: $schema=vaino.schema.json'],
  ])
  const command = new Command('config')
    .description('Check or show the configuration.')
    .addCommand(check)
    .addCommand(show)
    .addCommand(schema)
  return addExamples(command, [
    ['config check', 'is it good?'],
    ['config show', 'what holds, and why'],
    ['config schema', 'for editors'],
  ])
}
