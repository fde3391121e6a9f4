import { Command } from 'commander'
import { VainoError } from '../../model/errors.ts'
import type { LoadedConfig, Setting } from '../../pipeline/config/load.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, configFlags, type SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { type Page, type View, writeList, writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { counted } from '../terminal/words.ts'

/** Reads the configuration that the flags, the variables and the file give. @throws VainoError `bad_config` */
export async function readConfig(flags: SharedFlags): Promise<LoadedConfig> {
  // Loaded late: zod and yaml together cost a call 60 ms, and most calls need neither.
  const { loadConfig } = await import('../../pipeline/config/load.ts')
  const loaded = loadConfig({
    file: flags.config,
    folder: process.cwd(),
    environment: process.env,
    flags: configFlags(flags),
  })
  return flags.live === true ? { ...loaded, config: withLive(loaded.config) } : loaded
}

/** `--live` is the option of every source that has one; a source that says more of it keeps what it says. */
function withLive(config: LoadedConfig['config']): LoadedConfig['config'] {
  if (!config.sources.some(({ kind }) => kind === 'terraform')) {
    throw new VainoError(
      'bad_config',
      '--live reads the real things behind Terraform states, and no source is a Terraform state',
      {
        hint: 'Name one: --source terraform:./infra --live',
      },
    )
  }
  const sources = config.sources.map((source) => {
    if (source.kind !== 'terraform' || source.options.live) return source
    return { ...source, options: { ...source.options, live: true } }
  })
  return { ...config, sources }
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

/** What the sources would work out by themselves. A source that can't tell now says so, and the configuration is shown all the same. */
async function inferredBy(config: LoadedConfig['config'], page: Page): Promise<ShownSetting[]> {
  // Reading states takes a while; most configurations ask for nothing of theirs.
  if (!config.sources.some(({ options }) => options.live)) return []
  const { openToReadOnce } = await import('../../pipeline/sources/open-sources.ts')
  const rows: ShownSetting[] = []
  for (const [at, { source }] of (await openToReadOnce(config)).entries()) {
    try {
      for await (const { key, value, from } of source.inferred?.(interruption()) ?? [])
        rows.push({ key: `sources[${at}].${key}`, value, from })
    } catch (error) {
      if (!(error instanceof VainoError)) throw error
      page.note(`${source.name}: what would be inferred is not known: ${error.message}`)
    }
  }
  return rows
}

function permissionsCommand(): Command {
  const command = new Command('permissions')
    .description(
      'Print what must be granted for the sources to read what they are configured to: for AWS an IAM policy, for Google Cloud a custom role, for Kubernetes the roles, as YAML for kubectl apply. Asks a cluster which kinds it has, and changes nothing.',
    )
    .action(async (flags: SharedFlags) => {
      const { config } = await readConfig(flags)
      const { openToReadOnce } = await import('../../pipeline/sources/open-sources.ts')
      const said: { name: string; text: string }[] = []
      for (const { source } of await openToReadOnce(config)) {
        const text = await source.permissions?.(interruption())
        if (text !== undefined) said.push({ name: source.name, text })
      }
      const [first, ...others] = said
      if (first === undefined) {
        throw new VainoError('bad_config', 'no source says what must be granted to it', {
          hint: 'Those of clouds and clusters do: --source aws:PROFILE, gcp:PROJECT or kubernetes:CONTEXT. Terraform states need to be readable: docs/terraform.md.',
        })
      }
      // One alone is what the system's own tool takes, and JSON has no comments.
      const texts = others.length === 0 ? [first.text] : said.map(({ name, text }) => `# ${name}\n${text}`)
      process.stdout.write(texts.join('---\n'))
    })
  return addExamples(addSharedFlags(command, ['configuration', 'collecting', 'coloring']), [
    ['config permissions --source aws:ops > policy.json', 'an IAM policy'],
    ['config permissions --source kubernetes:prod', 'a ClusterRole, and its binding'],
    ['config permissions > roles.yaml', 'then: kubectl apply -f roles.yaml'],
  ])
}

export function configCommand(): Command {
  const check = new Command('check')
    .description('Check the configuration, and tell everything that is wrong with it.')
    .action(async (flags: SharedFlags) => {
      const page = pageOf(flags)
      const { config, file, warnings, settings } = await readConfig(flags)
      for (const warning of warnings) page.note(warning)
      const { servingOf } = await import('../serving.ts')
      servingOf(config)
      const { openToReadOnce } = await import('../../pipeline/sources/open-sources.ts')
      await openToReadOnce(config)
      const { sinksOf } = await import('../alert-sinks.ts')
      sinksOf(config)
      const { loadRules } = await import('../../pipeline/rules/load-rules.ts')
      loadRules({ config, file }, process.cwd())
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
      const { config, warnings, settings } = await readConfig(flags)
      for (const warning of warnings) page.note(warning)
      const rows = settings.map(({ path, value, from }) => ({ key: path.join('.'), value, from }))
      await writeList([...rows, ...(await inferredBy(config, page))], settingView, page)
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
    .addCommand(permissionsCommand())
  return addExamples(command, [
    ['config check', 'is it good?'],
    ['config show', 'what holds, and why'],
    ['config schema', 'for editors'],
  ])
}
