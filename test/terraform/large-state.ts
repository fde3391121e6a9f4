import { closeSync, openSync, writeSync } from 'node:fs'

/**
 * Writes a state as terraform does: indented, EC2 instances, every seventh resource with fifty of them.
 * @param bytes how large it is to be, at least
 * @returns how many instances it holds
 */
export function writeState(path: string, bytes: number): number {
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
