import { rows } from '../table/table.ts'

/** Asset types that are read natively: never from here too, or a scope would have two sources. */
const native: ReadonlySet<string> = new Set(rows.flatMap(({ assets }) => assets))

/** What is no thing that anybody manages, or changes with every breath of another. */
const passing =
  /^(?:compute\.googleapis\.com\/(?:Commitment|Operation|InstanceSettings)|k8s\.io\/|[\w.]*\.k8s\.io\/|apps\.k8s\.io\/|dataflow\.googleapis\.com\/Job|cloudbuild\.googleapis\.com\/Build$|run\.googleapis\.com\/(?:Revision|Execution)|appengine\.googleapis\.com\/Version|cloudbilling\.googleapis\.com\/|containerregistry\.googleapis\.com\/Image|artifactregistry\.googleapis\.com\/DockerImage|secretmanager\.googleapis\.com\/SecretVersion|cloudkms\.googleapis\.com\/CryptoKeyVersion|sqladmin\.googleapis\.com\/BackupRun|pubsub\.googleapis\.com\/Snapshot|dns\.googleapis\.com\/DnsKey|osconfig\.googleapis\.com\/)/

/** Terraform's names of asset types that are read here. */
const named: Readonly<Record<string, string>> = {
  'aiplatform.googleapis.com/Endpoint': 'google_vertex_ai_endpoint',
  'alloydb.googleapis.com/Backup': 'google_alloydb_backup',
  'alloydb.googleapis.com/Instance': 'google_alloydb_instance',
  'apigateway.googleapis.com/Gateway': 'google_api_gateway_gateway',
  'apikeys.googleapis.com/Key': 'google_apikeys_key',
  'appengine.googleapis.com/Application': 'google_app_engine_application',
  'backupdr.googleapis.com/BackupVault': 'google_backup_dr_backup_vault',
  'beyondcorp.googleapis.com/AppConnector': 'google_beyondcorp_app_connector',
  'bigtableadmin.googleapis.com/Table': 'google_bigtable_table',
  'binaryauthorization.googleapis.com/Policy': 'google_binary_authorization_policy',
  'certificatemanager.googleapis.com/CertificateMap': 'google_certificate_manager_certificate_map',
  'datafusion.googleapis.com/Instance': 'google_data_fusion_instance',
  'dataplex.googleapis.com/Lake': 'google_dataplex_lake',
  'dataproc.googleapis.com/AutoscalingPolicy': 'google_dataproc_autoscaling_policy',
  'gkebackup.googleapis.com/BackupPlan': 'google_gke_backup_backup_plan',
  'gkehub.googleapis.com/Membership': 'google_gke_hub_membership',
  'logging.googleapis.com/LogBucket': 'google_logging_project_bucket_config',
  'metastore.googleapis.com/Service': 'google_dataproc_metastore_service',
  'monitoring.googleapis.com/UptimeCheckConfig': 'google_monitoring_uptime_check_config',
  'networkconnectivity.googleapis.com/Hub': 'google_network_connectivity_hub',
  'networkconnectivity.googleapis.com/Spoke': 'google_network_connectivity_spoke',
  'notebooks.googleapis.com/Instance': 'google_workbench_instance',
  'privateca.googleapis.com/CaPool': 'google_privateca_ca_pool',
  'privateca.googleapis.com/CertificateAuthority': 'google_privateca_certificate_authority',
  'vpcaccess.googleapis.com/Connector': 'google_vpc_access_connector',
}
const assetTypes = new Map(Object.entries(named).map(([asset, type]) => [type, asset]))

/** Whether the inventory is where a type is read from. */
export const isFromInventory = (assetType: string): boolean => !native.has(assetType) && !passing.test(assetType)

/** The type as scopes name it: Terraform's where it has one, else Google's own. */
export const typeOf = (assetType: string): string => named[assetType] ?? assetType

/** What the inventory calls a type of a scope; null: it is none of its types. */
export const assetTypeOf = (type: string): string | null =>
  assetTypes.get(type) ?? (/^[\w.-]+\/\w+$/.test(type) ? type : null)
