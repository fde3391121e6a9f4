import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { type View, writeList, writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { toSecond } from '../terminal/words.ts'
import { type BaselineAnswer, baselinesOf } from './baselines-of.ts'

const view: View<BaselineAnswer> = {
  columns: [
    { title: 'NAME', of: ({ name }) => name },
    { title: 'AS OF', of: ({ at }) => (at === null ? 'a cursor' : toSecond(at)) },
    { title: 'SAVED', of: ({ created_at }) => toSecond(created_at) },
    { title: 'STATE', of: ({ expired }) => (expired ? 'expired: its history is gone' : 'kept') },
  ],
  empty: 'there are no baselines',
}

export function baselineCommand(): Command {
  const save = addSharedFlags(new Command('save'), ['asking', 'showing'])
    .description('Give the state as it is now, or was, a name, and keep the history after it from retention.')
    .argument('<name>', 'letters, digits and . _ -, a letter first')
    .option('--at <time>', 'as of this time, such as 2h, or this cursor', 'now')
    .action(async (name: string, flags: SharedFlags & { at: string }) => {
      const server = await serverOf(flags)
      const saved = await server.json<BaselineAnswer>('/v1/baselines', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, at: flags.at }),
      })
      const what = `${saved.name} is kept${saved.at === null ? '' : `, as of ${toSecond(saved.at)}`}`
      await writeOne(saved, () => `${what}: vaino diff ${saved.name} now\n`, pageOf(flags))
    })
  addExamples(save, [
    ['baseline save before-migration', 'as it is now'],
    ['baseline save monday --at 2026-11-23', 'as it was'],
  ])
  const list = addSharedFlags(new Command('list'), ['asking', 'showing'])
    .description('Show the baselines of a running vaino.')
    .action(async (flags: SharedFlags) => {
      await writeList(await baselinesOf(await serverOf(flags)), view, pageOf(flags))
    })
  addExamples(list, [['baseline list', 'all of them']])
  const remove = addSharedFlags(new Command('delete'), ['asking', 'showing'])
    .description('Forget a baseline; retention may then drop what only it kept.')
    .argument('<name>', 'as `vaino baseline list` shows it')
    .action(async (name: string, flags: SharedFlags) => {
      const server = await serverOf(flags)
      const path = `/v1/baselines/${encodeURIComponent(name)}`
      const answer = await server.json<{ deleted: string }>(path, { method: 'DELETE' })
      await writeOne(answer, () => `${answer.deleted} is forgotten\n`, pageOf(flags))
    })
  addExamples(remove, [['baseline delete before-migration', 'when nobody compares with it any more']])
  const command = new Command('baseline')
    .description('Name a state to compare with later, and keep it from retention.')
    .addCommand(save)
    .addCommand(list)
    .addCommand(remove)
  return addExamples(command, [
    ['baseline save before-migration', 'as it is now'],
    ['diff before-migration now', 'what has changed since'],
    ['baseline delete before-migration', 'at the end'],
  ])
}
