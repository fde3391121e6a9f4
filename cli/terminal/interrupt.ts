/** The exit codes of shells: 128 and the signal's number. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
export type Signal = keyof typeof codes

let controller: AbortController | null = null
let terminatedCode: number = codes.SIGTERM

/** Ends the process at a signal; a command that asked for {@link interruption} gets the first one and ends by itself. */
export function watchSignals(): void {
  for (const signal of Object.keys(codes) as Signal[]) {
    process.on(signal, () => {
      if (controller === null || controller.signal.aborted) process.exit(codes[signal])
      controller.abort(signal)
    })
  }
}

/** Aborted by the first Ctrl-C (or SIGTERM, SIGHUP), with the signal's name as its reason; a second one ends the process. */
export function interruption(): AbortSignal {
  controller ??= new AbortController()
  return controller.signal
}

/** For a service: a stop on request is no failure. */
export function serviceInterruption(): AbortSignal {
  terminatedCode = 0
  return interruption()
}

/** The exit code of a command that an interruption has ended; `null` when none has. */
export function interruptedCode(): number | null {
  if (!controller?.signal.aborted) return null
  const signal = controller.signal.reason as Signal
  return signal === 'SIGTERM' ? terminatedCode : codes[signal]
}
