import { Command, Option } from 'commander'
import { VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { addExamples } from '../help-examples.ts'
import { keySegment, type Server, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { type View, writeList, writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { pagesOf } from '../terminal/pages.ts'
import { hintOf, saidOf } from '../terminal/scan-error.ts'
import type { Paint } from '../terminal/terminal.ts'
import { toSecond } from '../terminal/words.ts'

/** What is to be known of a scope, and what to do about it. */
function remarksOf({ held, errors, warnings, gone_since }: ScopeStatus): string[] {
  const error = errors[0] ?? warnings[0]
  const failure = error === undefined ? [] : [saidOf(error), hintOf(error) ?? '']
  const holding = held === null ? [] : [`${held.deletes} of ${held.of} deletes held`]
  const since = gone_since === null ? [] : [`gone since ${toSecond(gone_since)}`]
  return [...holding, ...since, ...failure].filter((line) => line !== '')
}

const view = (paint: Paint): View<ScopeStatus> => ({
  columns: [
    {
      title: 'STATUS',
      of: ({ status }) => status,
      style: (cell, { status }) =>
        status === 'fresh' || status === 'events'
          ? paint.green(cell)
          : status === 'failing'
            ? paint.red(cell)
            : paint.yellow(cell),
    },
    { title: 'RESOURCES', of: ({ resources }) => String(resources), align: 'right' },
    {
      title: 'COMPLETE',
      of: ({ last_complete_at }) => (last_complete_at === null ? 'never' : toSecond(last_complete_at)),
    },
    { title: 'SCOPE', of: ({ scope }) => scope, isWhole: true },
  ],
  below: { title: 'REMARK', of: remarksOf },
  empty: 'no scope was ever scanned',
})

const scopesOf = (server: Server): Promise<ScopeStatus[]> =>
  Array.fromAsync(pagesOf<ScopeStatus>(server, '/v1/scopes', 'scopes', {}))

export function scopesCommand(): Command {
  const list = addSharedFlags(new Command('scopes'), ['asking', 'showing'])
    .description('Show what is watched, how fresh it is, and what is held.')
    .addHelpText('after', '\nExit codes: 0 no scope is failing, 2 one is, or an error.')
    .action(async (flags: SharedFlags) => {
      const page = pageOf(flags)
      const scopes = await scopesOf(await serverOf(flags))
      await writeList(scopes, view(page.terminal.paint), page)
      if (scopes.some(({ status }) => status === 'failing')) process.exitCode = 2
    })
  const release = addSharedFlags(new Command('release'), ['asking', 'showing'])
    .description("End the hold on a scope's deletes.")
    .argument('<scope>', 'as `vaino scopes` lists it')
    .addOption(new Option('--apply', 'they are gone: record the deletes').conflicts('drop'))
    .addOption(new Option('--drop', 'they are still there: forget the deletes'))
    .action(async (scope: string, flags: SharedFlags & { apply?: boolean; drop?: boolean }) => {
      if (!flags.apply && !flags.drop) {
        throw new VainoError('bad_request', 'What is to become of the held deletes is not said', {
          hint: 'Expected --apply (they are gone) or --drop (they are still there).',
        })
      }
      const server = await serverOf(flags)
      const answer = await server
        .json<{ deletes: number; cursor: string }>(`/v1/scopes/${keySegment(scope)}/release`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ apply: flags.apply === true }),
        })
        .catch(async (error: unknown) => {
          throw await withNearestScope(error, scope, server)
        })
      const done = flags.apply ? 'deletes recorded' : 'deletes forgotten'
      await writeOne(answer, () => `${answer.deletes} ${done} in ${scope}\n`, pageOf(flags))
    })
  addExamples(release, [
    ['scopes release aws/1/eu-west-1/aws_vpc --apply', 'they are gone'],
    ['scopes release aws/1/eu-west-1/aws_vpc --drop', 'they are still there'],
  ])
  const forget = addSharedFlags(new Command('forget'), ['asking', 'showing'])
    .description('Forget a scope that nobody watches any more: its resources are deleted, its history stays.')
    .argument('<scope>', 'as `vaino scopes` lists it')
    .action(async (scope: string, flags: SharedFlags) => {
      const server = await serverOf(flags)
      const answer = await server
        .json<{ deletes: number; cursor: string }>(`/v1/scopes/${keySegment(scope)}`, { method: 'DELETE' })
        .catch(async (error: unknown) => {
          throw await withNearestScope(error, scope, server)
        })
      await writeOne(answer, () => `${scope} is forgotten, ${answer.deletes} deletes recorded\n`, pageOf(flags))
    })
  addExamples(forget, [['scopes forget terraform/old%2Fterraform.tfstate/-/state', 'a state that was moved away']])
  return addExamples(list.addCommand(release).addCommand(forget), [
    ['scopes', 'all'],
    ['scopes -o json', 'with every error and every held key'],
    ['scopes release aws/1/eu-west-1/aws_vpc --apply', 'let held deletes happen'],
  ])
}

async function withNearestScope(error: unknown, scope: string, server: Server): Promise<unknown> {
  if (!(error instanceof VainoError) || error.code !== 'not_found') return error
  const all = await scopesOf(server)
  const meant = nearest(
    scope,
    all.map((each) => each.scope),
  )
  const hint = meant === null || meant === scope ? '`vaino scopes` shows what is held.' : `Did you mean ${meant}?`
  return new VainoError('not_found', error.message, { hint, cause: error })
}
