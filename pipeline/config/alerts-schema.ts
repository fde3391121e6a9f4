import { z } from 'zod'
import { routeSchema } from '../alerts/routes-schema.ts'
import { sinkSchema } from '../alerts/sinks/sink-schema.ts'
import { templateProblem } from '../alerts/template.ts'
import { duration } from './units.ts'

/** Who is told of what, and how. */
export const alertsSchema = z
  .strictObject({
    sinks: z
      .record(z.string().regex(/^[\w.-]{1,80}$/, 'expected at most 80 letters, digits and . _ -'), sinkSchema)
      .prefault({})
      .meta({
        description:
          'Where messages go, by names of your own: `KIND:WHERE` such as `slack:env:SLACK_URL`, or a block with `kind` and the keys of its kind.',
        'x-secret': true,
      }),
    routes: z.array(routeSchema).max(100).optional().meta({
      description: 'What is told to which sinks. An alert goes to every route that it matches.',
      'x-default': "one route with all drift and vaino's own health to all sinks",
    }),
    give_up_after: duration
      .refine((ms) => ms >= 60_000, 'must be at least 1m')
      .prefault('24h')
      .meta({ description: 'A message that could not be delivered for so long is a dead letter.' }),
    lag_after: duration
      .refine((ms) => ms >= 30_000, 'must be at least 30s')
      .prefault('5m')
      .meta({ description: 'A stream that is read later than this is the condition `lag`.' }),
  })
  .prefault({})
  .superRefine(({ sinks, routes = [] }, context) => {
    const names = new Map<string, number>()
    for (const [at, { name = `route-${at + 1}`, to, template = {} }] of routes.entries()) {
      for (const [key, text = ''] of Object.entries(template)) {
        const message = templateProblem(text)
        if (message !== null) context.addIssue({ code: 'custom', path: ['routes', at, 'template', key], message })
      }
      const earlier = names.get(name)
      if (earlier !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['routes', at, 'name'],
          message: `routes[${earlier}] has this name too`,
        })
      names.set(name, at)
      for (const sink of to) {
        if (Object.hasOwn(sinks, sink)) continue
        const known = Object.keys(sinks)
        const there = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`
        context.addIssue({ code: 'custom', path: ['routes', at, 'to'], message: `${sink} is no sink: ${there}` })
      }
    }
  })
  .meta({ description: 'Who is told of what. Without sinks nobody is.' })

export type AlertsConfig = z.output<typeof alertsSchema>
