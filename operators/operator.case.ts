import { describe, expect, test } from 'bun:test'
import { config, EMPTY, mergeMap, of, Subject, take } from 'rxjs'
import type { Batch, InputBatch, OperatorContext } from './batch.ts'
import { begin, end, gone, input, observed, type Step, TestPartition } from './test-partition.case.ts'

export interface OperatorSubject {
  readonly name: string
  /** The chain up to this operator, which is its last one. */
  readonly step: Step
  /** The ids in a batch as this operator hands it on. */
  readonly ids: (batch: Batch) => string[]
  /** What the operator asks the partition's file for, and no operator before it does; if it asks for nothing, what the one before it asks for. */
  readonly asks: 'scope' | 'recognise' | 'find' | 'record' | 'mark'
}

/** What every operator of the chain does with a stream, whatever it does to a batch. */
export function operatorCases(subject: OperatorSubject): void {
  describe(`as a stream operator: ${subject.name}`, () => {
    batchCases(subject)
    endCases(subject)
  })
}

function batchCases({ step, ids }: OperatorSubject): void {
  test('no input: nothing comes out, and the end passes on', () => {
    using partition = new TestPartition()
    const seen: string[] = []
    EMPTY.pipe(step(partition.context)).subscribe({ next: () => seen.push('batch'), complete: () => seen.push('end') })
    expect(seen).toEqual(['end'])
  })

  test('input without a record: nothing comes out', () => {
    using partition = new TestPartition()
    expect(partition.run(step, ids, input(), input('', ' \t', '\r'))).toEqual([])
    expect(partition.counters.records).toBe(0)
  })

  test('one record: one batch with its resource', () => {
    using partition = new TestPartition()
    expect(partition.run(step, ids, input(observed('a')))).toEqual([['a']])
  })

  test('many records: each comes out once, in their order, before the next input is taken', () => {
    using partition = new TestPartition()
    const source = new Subject<InputBatch>()
    const out: string[] = []
    partition.transaction(() => {
      source.pipe(step(partition.context)).subscribe((batch) => out.push(...ids(batch)))
      const expected: string[] = []
      for (const part of [['a', 'b', 'c'], ['d'], ['e', 'f']]) {
        source.next(input(...part.map((id) => observed(id))))
        expected.push(...part)
        expect(out).toEqual(expected)
      }
    })
  })

  test('a control record comes out behind what was observed before it, alone too', () => {
    using partition = new TestPartition()
    const records = [begin('s'), observed('a', {}, { scan: 's' }), end('s', 1)]
    const kinds = (batch: Batch) => [...ids(batch), ...(batch.control === null ? [] : [batch.control.kind])]
    expect(partition.run(step, kinds, input(...records)).flat()).toEqual(['begin', 'a', 'end'])
  })
}

function endCases({ step, ids, asks }: OperatorSubject): void {
  test('an error of the source passes on as it is, behind what was there before it', () => {
    using partition = new TestPartition()
    const source = new Subject<InputBatch>()
    const failure = new Error('the source fails')
    const out: unknown[] = []
    partition.transaction(() => {
      source
        .pipe(step(partition.context))
        .subscribe({ next: (batch) => out.push(ids(batch)), error: (e) => out.push(e) })
      source.next(input(observed('a')))
      source.error(failure)
    })
    expect(out).toEqual([['a'], failure])
  })

  test('what the partition’s file throws is the stream’s error at once, so that the transaction is undone', async () => {
    using partition = new TestPartition()
    partition.apply(begin('s'), observed('a'))
    const failure = new Error('disk I/O error')
    const state = failing(partition.context.state, asks, failure)
    const broken = (context: OperatorContext) => step({ ...context, state })
    const late: unknown[] = []
    config.onUnhandledError = (error) => void late.push(error)
    const thrown = thrownBy(() => partition.run(broken, ids, input(observed('a', { name: 'n' }, { scan: 's' }))))
    // RxJS reports by a timer what nobody took.
    await new Promise((resolve) => setTimeout(resolve))
    config.onUnhandledError = null
    expect({ thrown, late }).toEqual({ thrown: failure, late: [] })
  })

  test('unsubscribed early: nothing more comes out, and the source is left', () => {
    using partition = new TestPartition()
    const source = new Subject<InputBatch>()
    const out: string[][] = []
    partition.transaction(() => {
      const first = source.pipe(step(partition.context), take(1))
      first.subscribe((batch) => out.push(ids(batch)))
      source.next(input(observed('a'), gone('z'), observed('b')))
      expect(source.observed).toBe(false)
      source.next(input(observed('c')))
    })
    expect(out).toEqual([['a']])
  })

  test('between other operators, unsubscribing reaches the source', () => {
    using partition = new TestPartition()
    const source = new Subject<InputBatch>()
    const before = mergeMap((batch: InputBatch) => of(batch))
    const behind = mergeMap((batch: Batch) => of(batch))
    const subscription = source.pipe(before, step(partition.context), behind).subscribe()
    expect(source.observed).toBe(true)
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
  })
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

/** The same state, in which one question throws. */
const failing = (state: OperatorContext['state'], asked: keyof OperatorContext['state'], failure: Error) =>
  new Proxy(state, {
    get(target, property) {
      if (property === asked) {
        return () => {
          throw failure
        }
      }
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
