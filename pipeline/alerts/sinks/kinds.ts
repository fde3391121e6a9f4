import { z } from 'zod'
import { alertmanager } from './alertmanager.ts'
import { command } from './command.ts'
import { opsgenie } from './opsgenie.ts'
import { pagerduty } from './pagerduty.ts'
import type { Sink, SinkKind } from './sink.ts'
import { slack } from './slack.ts'
import { smtp } from './smtp.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'

/** A kind whose options have been forgotten by the compiler: they are checked when it is opened. */
interface AnySinkKind {
  readonly summary: string
  readonly short: string | null
  readonly options: z.ZodObject
  open(options: unknown): Sink
}

function anyKind<Options>({ summary, short, options, open }: SinkKind<Options>): AnySinkKind {
  if (!(options instanceof z.ZodObject)) throw new TypeError('the options of a sink are one object')
  return { summary, short, options, open: (given) => open(options.parse(given) as Options) }
}

/** Every kind of sink. A new one is a file and a line here. */
export const sinkKinds: Readonly<Record<string, AnySinkKind>> = {
  webhook: anyKind(webhook),
  slack: anyKind(slack),
  teams: anyKind(teams),
  pagerduty: anyKind(pagerduty),
  opsgenie: anyKind(opsgenie),
  smtp: anyKind(smtp),
  alertmanager: anyKind(alertmanager),
  command: anyKind(command),
}
