/** A made-up estate for benchmarks: resources of about 1 KiB, in complete scans as a collector sends them. */
export const benchScope = (scope: number): string => `aws/111122223333/eu-west-1/bench_${scope}`

export const benchId = (scope: number, n: number): string =>
  `i-${scope.toString(16).padStart(4, '0')}${n.toString(16).padStart(8, '0')}`

export function benchResource(scope: number, n: number, revision: number): string {
  return JSON.stringify({
    id: benchId(scope, n),
    type: 'aws_instance',
    name: `web-${n}`,
    provider: 'aws',
    account: '111122223333',
    region: 'eu-west-1',
    configuration: {
      instance_type: revision % 2 === 0 ? 't3.large' : 't3.xlarge',
      revision,
      image: `ami-${(n * 7919).toString(16)}`,
      subnet: `subnet-${scope}`,
      private_ip: `10.${scope % 256}.${(n >> 8) % 256}.${n % 256}`,
      monitoring: true,
      security_groups: [
        { id: `sg-${n % 17}`, name: 'web' },
        { id: `sg-${n % 13}`, name: 'default' },
      ],
      block_devices: Array.from({ length: 3 }, (_, i) => ({
        device: `/dev/sd${i}`,
        volume: `vol-${n}-${i}`,
        size: 64,
      })),
      description: 'An instance of the web tier, behind the load balancer of its region. '.repeat(3),
    },
    metadata: { seen_by: 'bench' },
    tags: { Name: `web-${n}`, team: `team-${n % 40}`, environment: 'production', cost_centre: `${1000 + (n % 90)}` },
  })
}

/** One complete scan of a scope, NDJSON. @param revisionOf what makes a resource differ from one scan to the next */
export function benchScan(
  scope: number,
  resources: number,
  round: number,
  revisionOf: (n: number) => number,
): Uint8Array {
  const name = benchScope(scope)
  const scan = `${round}-${scope}`
  const observed_at = new Date().toISOString()
  const envelope = { kind: 'observed', scope: name, scan, observed_at, occurred_at: null, actor: null }
  const prefix = `${JSON.stringify(envelope).slice(0, -1)},"resource":`
  const lines = [JSON.stringify({ kind: 'scan.begin', scope: name, scan, observed_at })]
  for (let n = 0; n < resources; n++) lines.push(`${prefix}${benchResource(scope, n, revisionOf(n))}}`)
  const end = { kind: 'scan.end', scope: name, scan, complete: true, count: resources, errors: [], observed_at }
  lines.push(JSON.stringify(end))
  return Buffer.from(`${lines.join('\n')}\n`)
}

/** Sends records to a server. @throws Error unless it takes them */
export async function postRecords(url: string, body: string | Uint8Array): Promise<void> {
  const answer = await fetch(`${url}/v1/ingest`, { method: 'POST', body: body as string | Uint8Array<ArrayBuffer> })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${text}`)
}

/** A number given as `name=value` on the command line. */
export const setting = (name: string, otherwise: number): number => {
  const given = process.argv.find((argument) => argument.startsWith(`${name}=`))
  return given === undefined ? otherwise : Number(given.slice(name.length + 1))
}

/** A text given as `name=value` on the command line; null where it isn't. */
export const textSetting = (name: string): string | null =>
  process.argv.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1) ?? null

export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Runs `work` for each number below `count`, so many at once. */
export async function eachOf(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const run = async () => {
    for (let n = next++; n < count; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: atOnce }, run))
}
