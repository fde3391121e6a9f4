import type { ScanSink } from '../connector.ts'

/** A failure of what takes the resources, not of what they are read from: it ends the round instead of one scan. */
export class SinkFailure extends Error {}

/** The same sink, whose failures can be told from those of a state. */
export function guarded(sink: ScanSink): ScanSink {
  return {
    ...(sink.wants ? { wants: sink.wants } : {}),
    scan: (scope) =>
      guard(async () => {
        const writer = await sink.scan(scope)
        return {
          observe: (resource, by) => guard(() => writer.observe(resource, by)),
          end: (outcome) => guard(() => writer.end(outcome)),
        }
      }),
  }
}

async function guard<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw cause instanceof SinkFailure ? cause : new SinkFailure('the sink failed', { cause })
  }
}
