import type { PlannedRequest } from './request-plan.ts'

/** 400: committed, as dead letters alone; the answer has the counts and the cursor. */
const acknowledgements = [200, 204, 400]

/** Sends a producer's requests in order, each until it is acknowledged, whatever happens to the server meanwhile. */
export class Sender {
  acknowledged: PlannedRequest | null = null
  cursor: string | null = null
  repeated = 0
  readonly #plan: readonly PlannedRequest[]

  constructor(plan: readonly PlannedRequest[]) {
    this.#plan = plan
  }

  /** @param isUp resolves when it makes sense to send again */
  async run(url: () => string, isUp: () => Promise<void>, onAcknowledged: () => void): Promise<void> {
    for (const request of this.#plan) {
      while (!(await this.#send(url(), request))) await isUp()
      this.acknowledged = request
      onAcknowledged()
    }
  }

  /** @returns false where the server died first */
  async #send(url: string, { producer, seq, body }: PlannedRequest): Promise<boolean> {
    const headers = { 'producer-id': producer, 'producer-epoch': '0', 'producer-seq': String(seq) }
    let answer: Response
    let said: string
    try {
      answer = await fetch(`${url}/v1/ingest`, { method: 'POST', body, headers })
      said = await answer.text()
    } catch {
      return false
    }
    if (!acknowledgements.includes(answer.status)) throw new Error(`${producer} ${seq}: ${answer.status} ${said}`)
    if (answer.status === 204) this.repeated++
    this.cursor = answer.status === 204 ? answer.headers.get('stream-next-offset') : cursorIn(said)
    return true
  }
}

/** @throws Error when the answer has no cursor, so that a request refused before its commit is no acknowledgement */
function cursorIn(said: string): string {
  const { cursor } = JSON.parse(said) as { cursor?: unknown }
  if (typeof cursor === 'string') return cursor
  throw new Error(`not an acknowledgement: ${said}`)
}
