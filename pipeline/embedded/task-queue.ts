import { VainoError } from '../../model/errors.ts'
import { maxTasksUnderWay, type Task, type TaskResult } from '../partition/task.ts'
import { type IsolationPlan, PoisonTracker } from '../threads/poison-tracker.ts'
import type { RecordPosition } from '../threads/progress.ts'

type WithoutSeq<T> = T extends unknown ? Omit<T, 'seq'> : never
export type NewTask = WithoutSeq<Task>

export interface Numbered {
  readonly task: Task
  /** Settles when its effects are committed and fsynced. */
  readonly settled: Promise<TaskResult>
}

interface UnderWay {
  task: Task
  deaths: number
  /** Null until a worker has died at it. */
  poison: PoisonTracker | null
  readonly resolve: (result: TaskResult) => void
  readonly reject: (error: Error) => void
}

/**
 * One partition's tasks, from their numbering to their acknowledgement: at most {@link maxTasksUnderWay}, which are sent
 * again after their worker was lost. Further senders wait; their number is bounded by the permits they hold.
 */
export class TaskQueue {
  /** A worker has the partition open and takes tasks. */
  isOpen = false
  readonly #underWay: UnderWay[] = []
  readonly #waiting: (() => void)[] = []
  #nextSeq = 1
  #failure: VainoError | null = null
  #closed = false

  /** Why nothing can be written at present; null where it can. */
  get failure(): VainoError | null {
    return this.#failure
  }
  get tasks(): readonly Task[] {
    return this.#underWay.map(({ task }) => task)
  }

  /**
   * Resolves when the task has its number: a sender that awaits this before its next call keeps the order.
   * @throws VainoError why nothing can be written, `busy` when it is closed
   */
  async add(task: NewTask): Promise<Numbered> {
    while (!this.#closed && this.#failure === null && this.#underWay.length >= maxTasksUnderWay) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#closed) throw new VainoError('busy', 'vaino is stopping')
    if (this.#failure !== null) throw this.#failure
    const { promise: settled, resolve, reject } = Promise.withResolvers<TaskResult>()
    const numbered = { ...task, seq: this.#nextSeq++ } as Task
    this.#underWay.push({ task: numbered, deaths: 0, poison: null, resolve, reject })
    return { task: numbered, settled }
  }

  acknowledge(result: TaskResult): void {
    if (this.#underWay[0]?.task.seq !== result.seq) return
    this.#underWay.shift()?.resolve(result)
    this.#waiting.shift()?.()
  }

  /** Nothing can be written: rejects all that is under way, so that its senders know and can send it again. */
  fail(error: VainoError): void {
    this.isOpen = false
    this.#failure = error
    this.#rejectAll(error)
  }

  /** A worker has the partition open. Tasks up to `applied` are in its file; the rest is to be sent to it. */
  reopen(applied: number, results: readonly TaskResult[]): void {
    this.isOpen = true
    this.#failure = null
    for (const result of results) if (result.seq <= applied) this.acknowledge(result)
    // After a failure nothing is under way, and the numbers that were not applied are given again.
    if (this.#underWay.length === 0) this.#nextSeq = applied + 1
  }

  /** A worker died at this task; at this record, if records were processed one by one. */
  blame(seq: number, record: RecordPosition | null): void {
    const blamed = this.#underWay[seq - (this.#underWay[0]?.task.seq ?? seq)]
    if (blamed === undefined) return
    blamed.deaths++
    blamed.poison ??= new PoisonTracker()
    blamed.poison.blame({ of: 'worker', record, from: seq, until: seq + 1 })
    const isolation = blamed.poison.isolationAt(seq)
    if (isolation !== null) blamed.task = isolated(blamed.task, isolation, blamed.deaths)
  }

  /** Accepts no more tasks; those under way may still be acknowledged. */
  close(): void {
    this.#closed = true
  }

  abandon(): void {
    this.#rejectAll(new VainoError('busy', 'vaino stopped before the commit'))
  }

  #rejectAll(error: VainoError): void {
    for (const { reject } of this.#underWay.splice(0)) reject(error)
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

/** A task at which workers have died, as it is sent next: record by record, or as one dead letter if it has no records or is given up. */
function isolated(task: Task, { setAside, givenUpUntil }: IsolationPlan, deaths: number): Task {
  const isRecords = task.kind === 'records'
  if (isRecords && givenUpUntil === null) return { ...task, setAside: setAside.flatMap(({ line }) => line ?? []) }
  const what = isRecords ? `${task.bytes.byteLength} bytes of records` : `a ${task.kind}`
  return {
    kind: 'dead_letter',
    seq: task.seq,
    reason: 'crashed_worker',
    detail: `${what} of which ${deaths} workers died`,
    source: isRecords ? task.source : 'vaino',
    producer: isRecords ? task.producer : null,
    preview: isRecords ? Buffer.from(task.bytes.subarray(0, 800)).toString('utf8') : '',
  }
}
