import { z } from 'zod'
import { count, duration, formatSize, size } from './units.ts'

/** Less is a number of bytes that was meant to be one of megabytes: the process alone takes a hundred. */
const leastMemoryBytes = 16 * 2 ** 20

/** VAINO's block of that name. */
export const memoryOptimization = z
  .strictObject({
    max_memory_usage: size.prefault(524288000).meta({
      description:
        'Bytes of resident memory that the process stays within. Input waits for room where it would be exceeded.',
    }),
    gc_threshold: size.prefault(367001600).meta({
      description:
        'Bytes of resident memory above which the runtime is asked to collect garbage, at most once every `force_gc_interval`.',
    }),
    backpressure_threshold: size.prefault(419430400).meta({
      description:
        'Bytes of resident memory above which no further input is let in, until memory has fallen a tenth below it.',
    }),
    enable_object_pooling: z.boolean().prefault(true).meta({
      description: 'VAINO reused objects to spare its garbage collector.',
      'x-instead':
        'Resources travel as bytes and are parsed only when they have changed, so there are no objects to pool.',
    }),
    pool_size: count(0, 1_000_000).prefault(1000).meta({
      description: "Objects in VAINO's pools.",
      'x-instead': 'Nothing is pooled; `max_resources_in_memory` bounds what is held.',
    }),
    pool_cleanup_interval: duration.prefault('5m').meta({
      description: 'How often VAINO emptied its pools.',
      'x-instead': 'Nothing is pooled, so nothing needs emptying.',
    }),
    streaming_threshold: size.prefault(52428800).meta({
      description: 'Bytes. Inputs above this are read as a stream instead of whole, so memory does not grow with them.',
    }),
    chunk_size: size.prefault(1048576).meta({
      description: 'Bytes read at once from a streamed input, and gathered at most before they are handed on.',
    }),
    gc_percent: count(1, 10_000).prefault(100).meta({
      description: "Go's garbage collector target, in percent of the live heap.",
      'x-instead': 'This runtime sizes its heap itself; `gc_threshold` and `force_gc_interval` ask for a collection.',
    }),
    force_gc_interval: duration.prefault('30s').meta({
      description: 'The shortest time between two garbage collections that `gc_threshold` asks for.',
    }),
    max_resources_in_memory: count(1, 10_000_000).prefault(10000).meta({
      description: 'Input records let in and not yet committed, over all sources and partitions.',
    }),
    resource_batch_size: count(1, 100_000).prefault(100).meta({
      description: 'Records that a collector gathers before it hands them on together.',
    }),
  })
  .prefault({})
  .meta({ description: 'How much memory vaino takes, and what waits when there is no more.' })
  .superRefine((memory, context) => {
    const order = ['gc_threshold', 'backpressure_threshold', 'max_memory_usage'] as const
    const inBytes = order.filter((key) => memory[key] < leastMemoryBytes)
    for (const key of inBytes) {
      const given = memory[key]
      const message = `${given} bytes are less than the least of 16MB; did you mean ${given}MB?`
      context.addIssue({ code: 'custom', path: [key], message })
    }
    if (inBytes.length > 0) return
    order.forEach((key, at) => {
      const next = order[at + 1]
      if (next === undefined || memory[key] <= memory[next]) return
      const message = `${formatSize(memory[key])} are more than ${next} (${formatSize(memory[next])}): give both`
      context.addIssue({ code: 'custom', path: [key], message })
    })
  })
