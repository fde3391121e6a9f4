/** A call of the API, and what it is called in the table. */
export type Call = readonly [name: string, path: string]

const megabytes = (bytes: number): number => Math.round(bytes / 1024 ** 2)

/** Makes each call in turn, some times, and prints its median, 99th percentile, CPU time and bytes. */
export async function measureCalls(
  ask: (path: string) => Response | Promise<Response>,
  calls: readonly Call[],
  rounds: number,
): Promise<void> {
  console.log(
    `${'call'.padEnd(26)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}${'CPU ms'.padStart(9)}${'bytes'.padStart(10)}`,
  )
  let worst = 0
  for (const [name, path] of calls) {
    const { p50, p99, cpuMs, bytes } = await measure(ask, path, rounds)
    worst = Math.max(worst, p50)
    const figures = [p50, p99, cpuMs].map((ms) => ms.toFixed(1).padStart(9)).join('')
    console.log(`${name.padEnd(26)}${figures}${`${bytes}`.padStart(10)}`)
  }
  console.log(`slowest median ${worst.toFixed(1)} ms; ${megabytes(process.memoryUsage.rss())} MB resident`)
}

async function measure(ask: (path: string) => Response | Promise<Response>, path: string, rounds: number) {
  const times: number[] = []
  let bytes = 0
  const cpuBefore = process.cpuUsage()
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    const answer = await ask(path)
    bytes = (await answer.bytes()).length
    times.push(performance.now() - began)
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  times.sort((a, b) => a - b)
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map(
    (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))],
  )
  return { p50, p99, cpuMs: (user + system) / 1000 / rounds, bytes }
}
