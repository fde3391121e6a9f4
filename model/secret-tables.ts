/**
 * Fields that are secret in one resource type with all that is below them, wherever they stand in the resource; names
 * that say so themselves are here where more than their texts must go. `data` of a Kubernetes Secret is known by its kind.
 */
const secretFields: Readonly<Record<string, readonly string[]>> = {
  aws_secretsmanager_secret_version: ['secret_string', 'secret_binary', 'SecretString', 'SecretBinary'],
  aws_ssm_parameter: ['value', 'Value', 'value_wo', 'insecure_value'],
  aws_iam_access_key: ['secret', 'ses_smtp_password_v4', 'encrypted_secret'],
  aws_instance: ['user_data_base64', 'password_data'],
  // AWS's own form: each value of a function's environment.
  aws_lambda_function: ['Variables'],
  aws_spot_instance_request: ['user_data_base64', 'password_data'],
  // Always base64, so that nothing in it can be found by its looks.
  aws_launch_template: ['user_data', 'UserData'],
  aws_launch_configuration: ['user_data_base64', 'UserData'],
  aws_acm_certificate: ['private_key'],
  aws_vpn_connection: ['customer_gateway_configuration', 'CustomerGatewayConfiguration'],
  aws_lightsail_key_pair: ['private_key', 'encrypted_private_key'],
  aws_api_gateway_api_key: ['value'],
  aws_appsync_api_key: ['key'],
  aws_kms_ciphertext: ['plaintext'],
  aws_kms_external_key: ['key_material_base64'],
  // What else the AWS provider's schema calls sensitive (5.100), public certificates aside.
  aws_appconfig_hosted_configuration_version: ['content'],
  aws_cloudwatch_event_connection: ['value'],
  aws_dms_certificate: ['certificate_pem', 'certificate_wallet'],
  aws_glue_connection: ['connection_properties', 'athena_properties', 'ConnectionProperties'],
  aws_grafana_workspace_api_key: ['key'],
  aws_grafana_workspace_service_account_token: ['key'],
  aws_mwaa_environment: ['airflow_configuration_options', 'AirflowConfigurationOptions'],
  aws_pinpoint_adm_channel: ['client_id'],
  aws_pinpoint_apns_channel: ['certificate', 'token_key_id'],
  aws_pinpoint_apns_sandbox_channel: ['certificate', 'token_key_id'],
  aws_pinpoint_apns_voip_channel: ['certificate', 'token_key_id'],
  aws_pinpoint_apns_voip_sandbox_channel: ['certificate', 'token_key_id'],
  aws_pinpoint_gcm_channel: ['service_json'],
  aws_s3_object_copy: ['customer_key', 'source_customer_key', 'kms_encryption_context'],
  aws_sns_platform_application: ['platform_principal'],
  aws_ssm_maintenance_window_task: ['payload', 'input'],
  aws_transfer_certificate: ['certificate', 'certificate_chain'],
  aws_transfer_server: ['host_key'],
  aws_redshiftserverless_namespace: ['admin_username'],
  aws_quicksight_data_source: ['credential_pair'],
  aws_elasticsearch_domain_saml_options: ['master_user_name'],
  aws_opensearch_domain_saml_options: ['master_user_name'],
  aws_ssm_parameters_by_path: ['values'],
  tls_private_key: ['private_key_pem', 'private_key_openssh', 'private_key_pem_pkcs8'],
  tls_self_signed_cert: ['private_key_pem'],
  tls_cert_request: ['private_key_pem'],
  random_password: ['result', 'bcrypt_hash'],
  random_bytes: ['base64', 'hex'],
  // Google's own form: each value of an environment.
  google_cloud_run_v2_service: ['value'],
  google_cloud_run_v2_job: ['value'],
  google_cloudfunctions2_function: ['environmentVariables'],
  google_cloudfunctions_function: ['environmentVariables', 'buildEnvironmentVariables'],
  google_service_account_key: ['private_key'],
  google_secret_manager_secret_version: ['secret_data'],
  google_sql_user: ['password'],
  google_compute_ssl_certificate: ['private_key'],
  google_kms_secret_ciphertext: ['plaintext'],
  google_storage_hmac_key: ['secret'],
  azurerm_key_vault_secret: ['value'],
  azurerm_key_vault_certificate: ['contents'],
  azurerm_app_configuration_key: ['value'],
  azurerm_storage_account: ['primary_blob_connection_string', 'secondary_blob_connection_string'],
  azurerm_cosmosdb_account: ['primary_key', 'secondary_key', 'primary_readonly_key', 'secondary_readonly_key'],
  azurerm_log_analytics_workspace: ['primary_shared_key', 'secondary_shared_key'],
  azurerm_redis_cache: ['primary_access_key', 'secondary_access_key'],
  azurerm_search_service: ['primary_key', 'secondary_key'],
  azurerm_virtual_machine: ['custom_data'],
  azurerm_linux_virtual_machine: ['custom_data'],
  azurerm_windows_virtual_machine: ['custom_data'],
  github_actions_secret: ['plaintext_value', 'encrypted_value'],
  github_actions_environment_secret: ['plaintext_value', 'encrypted_value'],
  github_actions_organization_secret: ['plaintext_value', 'encrypted_value'],
  github_codespaces_secret: ['plaintext_value', 'encrypted_value'],
  github_dependabot_secret: ['plaintext_value', 'encrypted_value'],
  vault_generic_secret: ['data_json', 'data'],
  vault_kv_secret: ['data_json', 'data'],
  vault_kv_secret_v2: ['data_json', 'data'],
  vault_cubbyhole_secret: ['data_json', 'data'],
  // An AppRole's secret id and a token that was given out, whose names are harmless elsewhere.
  vault_approle_auth_backend_login: ['client_token', 'secret_id'],
  vault_approle_auth_backend_role_secret_id: ['secret_id', 'wrapping_token'],
  vault_token: ['client_token', 'wrapped_token'],
  consul_acl_token_secret_id: ['secret_id', 'encrypted_secret_id'],
  azuread_application_password: ['value'],
  azuread_service_principal_password: ['value'],
  azurerm_api_management_named_value: ['value'],
  google_apikeys_key: ['key_string'],
  datadog_api_key: ['key'],
  datadog_application_key: ['key'],
  grafana_api_key: ['key'],
  grafana_service_account_token: ['key'],
  grafana_cloud_api_key: ['key'],
  cloudflare_api_token: ['value'],
  cloudflare_workers_kv: ['value'],
  spacelift_environment_variable: ['value'],
  vercel_project_environment_variable: ['value'],
  gitlab_instance_variable: ['value'],
  gitlab_project_variable: ['value'],
  gitlab_group_variable: ['value'],
  tfe_variable: ['value'],
  local_sensitive_file: ['content', 'content_base64'],
  acme_certificate: ['private_key_pem', 'certificate_p12'],
  htpasswd_password: ['bcrypt', 'sha512'],
}

const byType = new Map(Object.entries(secretFields).map(([type, fields]) => [type, new Set(fields)]))

/** A field that holds an access key in most types of Azure; in other clouds it names a column. */
const azureKeys: ReadonlySet<string> = new Set(['primary_key', 'secondary_key', 'primary_master_key', 'custom_data'])

/** The secret fields of a type, beside those that their names give away; null for most types. */
export const secretFieldsOf = (type: string): ReadonlySet<string> | null =>
  byType.get(type) ?? (type.startsWith('azurerm_') ? azureKeys : null)

/** All of them: masked in text that is too broken to find its type. */
export const anySecretField: ReadonlySet<string> = new Set(Object.values(secretFields).flat())

/** `kubernetes_secret`, `v1.Secret`, `Secret`: its `data` holds nothing but secrets. */
export const isKubernetesSecret = (type: string): boolean =>
  /^(?:kubernetes_secret(?:_v1)?(?:_data)?|(?:.*[./])?secret)$/i.test(type)
