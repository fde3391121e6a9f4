/**
 * What comparing one resource costs, step by step: µs an operation, the median of several rounds.
 * `bun bench/comparison.ts`
 */
import { canonicalHash } from '../model/canonical.ts'
import { diffResources } from '../model/field-diff.ts'
import { rawHash } from '../model/hash.ts'
import { parseJson } from '../model/json.ts'
import { createRedactor } from '../model/redaction.ts'
import type { Json, Resource } from '../model/resource.ts'

const rule = (port: number, office: string): Json => ({
  cidr_blocks: ['198.51.100.0/28', '203.0.113.16/28'],
  description: `from ${office}`,
  from_port: port,
  ipv6_cidr_blocks: [],
  prefix_list_ids: [],
  protocol: 'tcp',
  security_groups: [],
  self: false,
  to_port: port,
})

/** Different in every value, as a fleet is, so that no cache of one document's texts makes it look cheap. */
const securityGroup = (n: number): Resource => ({
  id: `sg-${n.toString(16).padStart(17, '0')}`,
  type: 'aws_security_group',
  name: `edge-${n}`,
  provider: 'aws',
  account: '111122223333',
  region: 'eu-west-1',
  configuration: {
    arn: `arn:aws:ec2:eu-west-1:111122223333:security-group/sg-${n.toString(16).padStart(17, '0')}`,
    description: `Load balancers of stack ${n}`,
    egress: [rule(0, `${n}`)],
    ingress: [rule(80, `Turku ${n}`), rule(443, `Helsinki ${n}`)],
    revoke_rules_on_delete: false,
    timeouts: null,
    vpc_id: `vpc-${(n * 7).toString(16).padStart(17, '0')}`,
  },
  metadata: {},
  tags: { Name: `edge-${n}`, stack: 'network', owner: `team-${n % 40}` },
})

const instance = (n: number): Resource => ({
  id: `i-${n.toString(16).padStart(17, '0')}`,
  type: 'aws_instance',
  name: `web-${n}`,
  provider: 'aws',
  account: '111122223333',
  region: 'eu-west-1',
  configuration: {
    ami: 'ami-04681a1dbd79675a5',
    arn: `arn:aws:ec2:eu-west-1:111122223333:instance/i-${n.toString(16).padStart(17, '0')}`,
    associate_public_ip_address: true,
    availability_zone: 'eu-west-1a',
    capacity_reservation_specification: [],
    credit_specification: [{ cpu_credits: 'standard' }],
    disable_api_stop: false,
    ebs_block_device: [
      {
        delete_on_termination: true,
        device_name: '/dev/sda1',
        encrypted: false,
        iops: 0,
        tags: { company: 'lumikki-books', environment: 'shared', stack: 'network' },
        throughput: 0,
        volume_id: `vol-${(n * 3).toString(16).padStart(17, '0')}`,
        volume_size: 8,
        volume_type: 'gp2',
      },
    ],
    ebs_optimized: false,
    enclave_options: [],
    ephemeral_block_device: [],
    get_password_data: false,
    iam_instance_profile: '',
    instance_initiated_shutdown_behavior: 'stop',
    instance_state: 'running',
    instance_type: 't3.micro',
    ipv6_address_count: 0,
    ipv6_addresses: [],
    key_name: '',
    metadata_options: [
      {
        http_endpoint: 'enabled',
        http_protocol_ipv6: 'disabled',
        http_put_response_hop_limit: 1,
        http_tokens: 'required',
        instance_metadata_tags: 'disabled',
      },
    ],
    monitoring: false,
    password_data: '',
    primary_network_interface_id: `eni-${(n * 5).toString(16).padStart(17, '0')}`,
    private_dns: `ip-10-20-${n % 250}-4.eu-west-1.compute.internal`,
    private_ip: `10.20.${n % 250}.4`,
    public_dns: `ec2-127-221-122-${n % 250}.eu-west-1.compute.amazonaws.com`,
    root_block_device: [],
    security_groups: [],
    source_dest_check: true,
    subnet_id: `subnet-${n.toString(16).padStart(17, '0')}`,
    tags_all: { Name: `web-${n}`, company: 'lumikki-books', environment: 'shared', owner: 'platform' },
    tenancy: 'default',
    user_data: null,
    vpc_security_group_ids: [`sg-${n.toString(16).padStart(17, '0')}`],
  },
  metadata: { module: 'module.web', index: n },
  tags: { Name: `web-${n}`, owner: 'platform' },
})

const count = 2000
const rounds = 41

function measure(name: string, run: (at: number) => void): void {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    for (let at = 0; at < count; at++) run(at)
    times.push(((performance.now() - start) * 1000) / count)
  }
  const median = times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
  console.log(`  ${name.padEnd(36)} ${median.toFixed(2).padStart(7)} µs`)
}

const secret = (resource: Resource): Resource => ({
  ...resource,
  configuration: { ...resource.configuration, db_password: 'hunter2', url: 'postgres://app:s3cret@db/app' },
})

const out = new Uint32Array(2)
const redactor = createRedactor(new Uint8Array(32))
for (const [title, make] of [
  ['security group', securityGroup],
  ['instance', instance],
] as const) {
  const texts = Array.from({ length: count }, (_, n) => JSON.stringify(make(n + 1)))
  const bytes = texts.map((text) => new TextEncoder().encode(text))
  const resources = texts.map((text) => parseJson(text) as Resource)
  const changed = resources.map((resource) => ({
    ...resource,
    configuration: { ...resource.configuration, vpc_id: 'vpc-0' },
  }))
  const secrets = resources.map((resource) => JSON.stringify(secret(resource)))
  console.log(`${title}, ${texts[0]?.length} bytes`)
  measure('rawHash', (at) => rawHash(bytes[at] as Uint8Array, out))
  measure('parseJson', (at) => parseJson(texts[at] as string))
  measure('canonicalHash', (at) => canonicalHash(resources[at] as Resource, out))
  measure('diffResources, one field changed', (at) => diffResources(resources[at] as Resource, changed[at] as Resource))
  measure('redactResource, no secret', (at) => redactor.redactResource(resources[at] as Resource))
  // Parsed anew each time, because redaction is in place: subtract parseJson.
  measure('parseJson, redact two secrets', (at) =>
    redactor.redactResource(parseJson(secrets[at] as string) as Resource),
  )
}
