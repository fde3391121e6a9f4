import { type IncomingMessage, request } from 'node:http'
import { z } from 'zod'
import type { EventSink, Observer, ScanReport, Source, Target } from '../../../connectors/source.ts'
import { VainoError } from '../../../model/errors.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Resource } from '../../../model/resource.ts'
import { formatScope } from '../../../model/scope.ts'

export const dockerOptions = z.strictObject({
  stopped: z.boolean().default(true).meta({ description: 'Whether containers that do not run are resources too.' }),
})
export type DockerOptions = z.output<typeof dockerOptions>

interface Container {
  readonly Id: string
  readonly Image: string
  readonly State: string
  readonly Env?: readonly string[]
}

/** The containers of one daemon: one scope, scanned by a list and followed by its events. */
export class DockerSource implements Source {
  readonly name: string
  readonly #socket: string
  readonly #options: DockerOptions
  readonly #redactor: Redactor

  constructor(socket: string, options: DockerOptions, redactor: Redactor) {
    this.name = `docker:${socket}`
    this.#socket = socket
    this.#options = options
    this.#redactor = redactor
  }

  async *targets(): AsyncGenerator<readonly Target[], void, void> {
    const scope = formatScope({ provider: 'docker', account: this.#socket, location: null, collection: 'container' })
    yield [{ scope, identity: `docker ${this.#socket}`, deadlineMs: 30_000 }]
  }

  async scan(_target: Target, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    // Events from before the list are harmless; one between the list and the follow would be lost.
    const resume = String(Date.now())
    let text = ''
    for await (const part of this.#get(`/containers/json?all=${this.#options.stopped}`, signal)) text += part
    for (const container of parse<Container[]>(text)) await out.observe(this.#resourceOf(container))
    return { resume }
  }

  async follow(_target: Target, resume: string | null, out: EventSink, signal: AbortSignal): Promise<'relist'> {
    let rest = ''
    for await (const part of this.#get(`/events?since=${resume}`, signal)) {
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { Action, time, container } = parse<{ Action: string; time: number; container: Container }>(line)
        if (Action === 'destroy') await out.gone(container.Id)
        else await out.observe(this.#resourceOf(container))
        out.checkpoint(String(time))
      }
    }
    return 'relist'
  }

  #resourceOf({ Id, Image, State, Env = [] }: Container): Resource {
    const env = Env.map((pair) => this.#redactor.redactText(pair))
    return { id: Id, type: 'container', provider: 'docker', configuration: { image: Image, state: State, env } }
  }

  async *#get(path: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath: this.#socket, path, signal }, resolve).on('error', reject).end()
    })
    if (answer.statusCode !== 200) {
      const retryAfter = Number(answer.headers['retry-after'])
      throw new VainoError('source_failed', `Docker answers ${answer.statusCode}`, {
        hint: 'Let the user that runs vaino use the socket.',
        ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
      })
    }
    for await (const part of answer) yield String(part)
    if (!answer.complete) throw new VainoError('source_failed', 'Docker’s answer ends in the middle')
  }
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new VainoError('source_failed', 'Docker answers with no JSON', { cause })
  }
}
