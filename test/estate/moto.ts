import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { needs } from '../lanes.ts'

/** The Python that has moto: the one beside its command. */
const python = path.join(path.dirname(needs.awsEndpoint.found ?? ''), 'python3')
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A server that plays AWS, on loopback. */
export interface AwsEndpoint extends AsyncDisposable {
  readonly url: string
}

/** A call of boto3, by its own names: `{ service: 'sqs', method: 'delete_queue', … }`. */
export interface AwsCall {
  readonly service: string
  readonly region: string
  readonly method: string
  readonly arguments: object
  /** Names for members of the answer, by their paths: with `{ vpc: 'Vpc.VpcId' }`, `<vpc>` in the arguments of later calls is that id. */
  readonly save?: Readonly<Record<string, string>>
}

/** What answers of earlier calls have been saved as. */
export type Known = Readonly<Record<string, string>>

/** moto, and copies of it: each begins with what the original holds, and shares nothing with it from then on. */
export class Moto implements AwsEndpoint {
  readonly url: string
  readonly #child: ChildProcess
  /** Held for as long as this is: moto ends when it closes. */
  readonly #commands: Writable
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess, commands: Writable, lines: AsyncIterator<string>, url: string) {
    this.#child = child
    this.#commands = commands
    this.#lines = lines
    this.url = url
  }

  static async start(): Promise<Moto> {
    const child = spawn(python, [script('serve.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const { url } = await answerOf(lines)
    return new Moto(child, child.stdin, lines, url)
  }

  /** A copy, in milliseconds. No request may be under way. */
  async copy(): Promise<AwsEndpoint> {
    this.#commands.write('copy\n')
    const { url, pid } = await answerOf(this.#lines)
    return { url, [Symbol.asyncDispose]: async () => void process.kill(pid, 'SIGKILL') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#child.on('exit', () => resolve())
    this.#child.kill('SIGKILL')
    await promise
  }
}

async function answerOf(lines: AsyncIterator<string>): Promise<{ url: string; pid: number }> {
  const { value, done } = await lines.next()
  if (done) throw new Error('moto ended instead of answering; its standard error says why')
  const [port, pid] = value.split(' ')
  return { url: `http://127.0.0.1:${port}`, pid: Number(pid) }
}

/**
 * Makes calls in order, beside Terraform, as somebody in the console would.
 * @returns what is known after them
 */
export async function callAws(
  endpoint: string,
  calls: readonly AwsCall[],
  { known = {}, accessKey = 'example-only' }: { readonly known?: Known; readonly accessKey?: string } = {},
): Promise<Known> {
  const child = spawn(python, [script('calls.py'), endpoint, accessKey], { stdio: ['pipe', 'pipe', 'pipe'] })
  const { promise, resolve, reject } = Promise.withResolvers<Known>()
  let [answer, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.on('error', reject)
  child.on('close', (code) =>
    code === 0 ? resolve(JSON.parse(answer)) : reject(new Error(`the calls failed: ${said.slice(-2000)}`)),
  )
  child.stdin.end(JSON.stringify({ calls, known }))
  return promise
}
