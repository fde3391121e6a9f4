/**
 * How fast a large Terraform state is read, and how much memory that takes: `bun bench/terraform-state.ts [MB] [folder]`.
 * Generates a state as terraform writes one (indented; EC2 instances, every seventh resource with fifty of them), then reads
 * it through the connector with every resource turned to JSON, as the pipeline would.
 */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScanOutcome } from '../connectors/connector.ts'
import { terraform } from '../connectors/terraform/connector.ts'
import { createRedactor } from '../model/redaction.ts'

const megabytes = Number(process.argv[2] ?? 200)
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'vaino-bench-'))
try {
  const path = join(folder, 'large.tfstate')
  const instances = writeState(path, megabytes * 1_000_000)
  const bytes = statSync(path).size
  await until(() => Date.now() - statSync(path).mtimeMs > 100)
  for (const [name, streamingThresholdBytes] of [
    ['streamed', 50 * 1024 * 1024],
    ['streamed again', 50 * 1024 * 1024],
  ] as const) {
    const { ms, peakBytes, observed, outcome } = await read(path, streamingThresholdBytes)
    if (!outcome?.complete || observed !== instances) throw new Error(`read ${observed} of ${instances}`)
    console.log(
      `${name}: ${(bytes / 1e6).toFixed(0)} MB, ${observed} resources in ${(ms / 1000).toFixed(2)} s: ` +
        `${(bytes / 1e3 / ms).toFixed(0)} MB/s, ${Math.round((observed / ms) * 1000)} resources/s, peak RSS ${(peakBytes / 1e6).toFixed(0)} MB`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function read(path: string, streamingThresholdBytes: number) {
  const collector = terraform.open(path, {
    redactor: createRedactor(new Uint8Array(32)),
    options: {},
    concurrency: 1,
    streamingThresholdBytes,
    chunkBytes: 1024 * 1024,
    knownScopes: () => [],
  })
  let observed = 0
  let characters = 0
  let peakBytes = process.memoryUsage.rss()
  let outcome: ScanOutcome | null = null
  const startedAt = performance.now()
  await collector.collect(
    {
      scan: async () => ({
        async observe(resource) {
          characters += JSON.stringify(resource).length
          if (++observed % 1000 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
        },
        async end(ended) {
          outcome = ended
        },
      }),
    },
    new AbortController().signal,
  )
  return { ms: performance.now() - startedAt, peakBytes, observed, characters, outcome: outcome as ScanOutcome | null }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

function writeState(path: string, bytes: number): number {
  const file = openSync(path, 'w')
  let written = 0
  let instances = 0
  const write = (text: string): void => {
    written += writeSync(file, text)
  }
  write('{\n  "version": 4,\n  "terraform_version": "1.11.4",\n  "serial": 1,\n  "lineage": "8f2f7c1e-bench",\n')
  write('  "outputs": {},\n  "resources": [\n')
  for (let n = 0; written < bytes; n++) {
    const count = n % 7 === 0 ? 50 : 1
    const resource = {
      module: `module.app["${n % 20}"]`,
      mode: 'managed',
      type: 'aws_instance',
      name: `web_${n}`,
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: Array.from({ length: count }, (_, at) => instanceOf(instances + at, count > 1 ? at : undefined)),
    }
    instances += count
    const text = JSON.stringify(resource, null, 2).replaceAll('\n', '\n    ')
    write(`${n === 0 ? '' : ',\n'}    ${text}`)
  }
  write('\n  ],\n  "check_results": null\n}\n')
  closeSync(file)
  return instances
}

function instanceOf(n: number, index: number | undefined) {
  const id = `i-${(0x0e12_0000 + n).toString(16).padStart(17, '0')}`
  const tags = { Name: `web-${n}`, team: 'web', 'cost-center': '4711' }
  return {
    ...(index === undefined ? {} : { index_key: index }),
    schema_version: 1,
    attributes: {
      ami: 'ami-0abc12de34f567890',
      arn: `arn:aws:ec2:eu-west-1:111122223333:instance/${id}`,
      associate_public_ip_address: true,
      availability_zone: 'eu-west-1a',
      cpu_options: [{ amd_sev_snp: '', core_count: 2, threads_per_core: 1 }],
      ebs_block_device: [],
      id,
      instance_type: 't3.micro',
      private_ip: `10.0.${n % 250}.12`,
      root_block_device: [
        { device_name: '/dev/xvda', encrypted: false, iops: 3000, volume_size: 8, volume_type: 'gp3' },
      ],
      tags,
      tags_all: { ...tags, env: 'prod' },
      user_data: '#!/bin/bash\necho "hello"\n'.repeat(6),
      vpc_security_group_ids: ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'],
    },
    sensitive_attributes: [],
    private: 'eyJlMmJmYjczMC1lY2FhLTExZTYtOGY4OC0zNDM2M2JjN2M0YzAiOnsiY3JlYXRlIjo2MDAwMDAwMDAwMDB9fQ==',
    dependencies: ['aws_security_group.web', 'aws_subnet.a', 'module.vpc.aws_vpc.this'],
  }
}
