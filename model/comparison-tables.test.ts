import { describe, expect, test } from 'bun:test'
import { diffResources } from './field-diff.ts'
import type { Json, Resource } from './resource.ts'

const of = (type: string, configuration: { [name: string]: Json }, provider = 'any'): Resource => ({
  ...{ id: 'x', type, provider, configuration },
})

/** A type, and the path of a field that its system moves by itself. */
const moving = [
  ['google_project_iam_member', 'etag'],
  ['github_repository', 'etag'],
  ['azurerm_app_configuration_key', 'etag'],
  ['google_bigquery_table', 'num_rows'],
  ['google_bigquery_table', 'num_bytes'],
  ['google_bigquery_table', 'last_modified_time'],
  ['aws_cognito_user_pool', 'estimated_number_of_users'],
  ['aws_backup_vault', 'recovery_points'],
  ['aws_iam_policy', 'attachment_count'],
  ['aws_cloudfront_distribution', 'etag'],
  ['google_compute_disk', 'last_attach_timestamp'],
  ['google_cloud_run_v2_service', 'observed_generation'],
  ['kubernetes_manifest', 'object.metadata.resourceVersion'],
  ['kubernetes:autoscaling.HorizontalPodAutoscaler', 'status.currentMetrics'],
  ['kubernetes:ResourceQuota', 'status.used'],
] as const

/** A type, and an array of its schema that is a set. */
const sets = [
  ['azurerm_application_gateway', 'backend_address_pool', [{ name: 'a' }, { name: 'b' }]],
  ['azurerm_application_gateway', 'frontend_port', [{ port: 80 }, { port: 443 }]],
  ['azurerm_private_dns_a_record', 'records', ['1', '2']],
  ['azurerm_firewall_network_rule_collection', 'rule', [{ name: 'a' }, { name: 'b' }]],
  ['azurerm_cosmosdb_account', 'geo_location', [{ location: 'a' }, { location: 'b' }]],
  ['azuread_application', 'owners', ['1', '2']],
  ['google_bigquery_dataset', 'access', [{ role: 'OWNER' }, { role: 'READER' }]],
  ['google_sql_database_instance', 'authorized_networks', [{ value: '1' }, { value: '2' }]],
  ['google_project_iam_custom_role', 'permissions', ['1', '2']],
  ['github_branch_protection', 'push_restrictions', ['1', '2']],
  ['github_repository', 'topics', ['1', '2']],
] as const

const holding = (path: string, value: Json): { [name: string]: Json } =>
  path.split('.').reduceRight<Json>((inner, name) => ({ [name]: inner }), value) as { [name: string]: Json }

const typed = (type: string, configuration: { [name: string]: Json }): Resource =>
  type.startsWith('kubernetes:') ? of(type.slice(11), configuration, 'kubernetes') : of(type, configuration)

describe('the tables of what is known of types', () => {
  test.each(moving)('%s: %s moves by itself, and is not compared', (type, path) => {
    expect(diffResources(typed(type, holding(path, 1)), typed(type, holding(path, 2)))).toEqual([])
    expect(diffResources(typed('x_y', holding(path, 1)), typed('x_y', holding(path, 2)))).toHaveLength(1)
  })

  test.each(sets)('%s: the order of %s means nothing', (type, field, elements) => {
    const [was, is] = [elements, elements.toReversed()].map((value) => of(type, { [field]: value as unknown as Json }))
    if (was === undefined || is === undefined) throw new Error('two orders')
    expect(diffResources(was, is)).toEqual([])
    const [, ...fewer] = elements
    expect(diffResources(was, of(type, { [field]: fewer as unknown as Json }))).not.toEqual([])
  })
})
