import type { Connector, ConnectorContext } from '../../connectors/connector.ts'
import type { Source } from '../../connectors/source.ts'
import type { ScanSink } from '../../pipeline/intake/scan-sink.ts'
import { scanOnce } from '../../pipeline/sources/runner.ts'
import { redactor } from '../terraform/states.ts'

/** Opens a source as the configuration does, with small buffers, so that little data meets every edge. */
export const openSource = <O>(
  connector: Connector<O>,
  where: string,
  options: Readonly<Record<string, unknown>> = {},
  more: Partial<ConnectorContext> = {},
): Source =>
  connector.open(where, connector.options.parse(options), {
    redactor,
    streamingThresholdBytes: 1 << 20,
    chunkBytes: 4096,
    knownScopes: () => [],
    budget: () => ({ take: async () => undefined, throttled: () => undefined }),
    ...more,
  })

/** Every target of a source once, through the runner. Rejects where nothing can be listed, with what the source says. */
export async function scanAll(
  source: Source,
  sink: ScanSink,
  { concurrency = 2, signal = new AbortController().signal }: { concurrency?: number; signal?: AbortSignal } = {},
): Promise<number> {
  const opened = {
    config: { kind: 'test', where: '', intervalMs: null, forgetAfterMs: null, options: {} },
    source,
    intervalMs: 30_000,
    forgetAfterMs: null,
  }
  const failed = await scanOnce(
    [{ ...opened, isThrottled: () => false }],
    { concurrency, redactText: redactor.redactText, sink: () => sink, onObserved: () => {}, onFailure: () => {} },
    signal,
  )
  return failed.length
}
