import { expect, test } from 'bun:test'
import { isTerraformRun } from './drift-apply.ts'

test('a run of Terraform is known by its user agent or its field manager, whatever else is said of the actor', () => {
  for (const actor of [
    'APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.100.0',
    { arn: 'arn:aws:iam::1:role/ci', user_agent: 'HashiCorp Terraform/1.5.0 (+https://www.terraform.io)' },
    { userAgent: 'OpenTofu/1.8.0 (+https://opentofu.org)' },
    { field_manager: 'Terraform' },
  ])
    expect([actor, isTerraformRun(actor)]).toEqual([actor, true])
})

test('a name that only holds the word is no run', () => {
  for (const actor of [
    null,
    17,
    'arn:aws:sts::1:assumed-role/terraform/1-session',
    { arn: 'arn:aws:iam::1:role/Terraform/1', user_agent: 'aws-cli/2.17 Python/3.12' },
    { user_agent: 'my-Terraform/1.0' },
    { manager: 'terraform-operator' },
    ['Terraform/1.0'],
  ])
    expect([actor, isTerraformRun(actor)]).toEqual([actor, false])
})
