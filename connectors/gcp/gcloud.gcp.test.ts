import { expect, test } from 'bun:test'
import { diffResources } from '../../model/field-diff.ts'
import type { Resource } from '../../model/resource.ts'
import { openGcloud } from '../../test/gcp/gcloud.ts'
import { project, type StandIn, startStandIn } from '../../test/gcp/stand-in.ts'
import { openGcp, scansOf } from '../../test/gcp/watching.ts'
import { needs } from '../../test/lanes.ts'

const create = [
  'compute networks create main --subnet-mode=custom',
  'compute firewall-rules create ssh --network=main --allow=tcp:22 --source-ranges=10.0.0.0/8',
  'compute instances create web-1 --zone=europe-west1-b --machine-type=e2-small --network-interface=network=main,no-address --image=image-1 --image-project=debian-cloud --no-service-account --no-scopes --labels=team=web',
  'pubsub topics create orders --labels=team=web',
  'dns managed-zones create shop --dns-name=shop.example. --description=shop',
  'secrets create db --replication-policy=automatic',
  'storage buckets create gs://acme-files --location=EU',
] as const
const edit = [
  'compute firewall-rules update ssh --source-ranges=0.0.0.0/0',
  'compute instances add-labels web-1 --zone=europe-west1-b --labels=owner=alice',
  'pubsub topics update orders --update-labels=team=mail',
  'dns managed-zones update shop --description=shops',
  'secrets delete db --quiet',
] as const

async function all(standIn: StandIn): Promise<ReadonlyMap<string, Resource>> {
  const scans = await scansOf(openGcp(standIn))
  expect(scans.filter(({ outcome }) => outcome?.complete !== true).map(({ scope }) => scope)).toEqual([])
  return new Map(scans.flatMap(({ resources, scope }) => resources.map((one) => [`${scope}/${one.id}`, one])))
}

const inTwos = async (commands: readonly string[], run: (command: string) => Promise<void>): Promise<void> => {
  const [first, ...rest] = commands
  if (first !== undefined) await run(first)
  for (let at = 0; at < rest.length; at += 2) await Promise.all(rest.slice(at, at + 2).map(run))
}

test.skipIf(needs.gcloud.found === null)(
  'what the real gcloud makes is seen, and what it edits and deletes is exactly what has changed',
  async () => {
    await using standIn = await startStandIn()
    await using gcloud = await openGcloud(standIn)
    const nothing = await all(standIn)
    await inTwos(create, (command) => gcloud.run(command))
    const before = await all(standIn)
    const scope = (type: string) => `gcp/${project}/-/${type}`
    const network = `${scope('google_compute_network')}/projects/${project}/global/networks/main`
    const firewall = `${scope('google_compute_firewall')}/projects/${project}/global/firewalls/ssh`
    const instance = `${scope('google_compute_instance')}/projects/${project}/zones/europe-west1-b/instances/web-1`
    const topic = `${scope('google_pubsub_topic')}/projects/${project}/topics/orders`
    const zone = `${scope('google_dns_managed_zone')}/projects/${project}/managedZones/shop`
    const secret = `${scope('google_secret_manager_secret')}/projects/${project}/secrets/db`
    const bucket = `${scope('google_storage_bucket')}/acme-files`
    const policy = `${scope('google_storage_bucket_iam_policy')}/b/acme-files`
    const made = [...before.keys()].filter((key) => !nothing.has(key))
    const policyBeside = (type: string, id: string) => `${scope(`${type}_iam_policy`)}/projects/${project}/${id}`
    const policies = [policyBeside('google_pubsub_topic', 'topics/orders'), policy]
    const secretPolicy = policyBeside('google_secret_manager_secret', 'secrets/db')
    const things = [network, firewall, instance, topic, zone, secret, bucket]
    expect(made.sort()).toEqual([...things, ...policies, secretPolicy].sort())
    expect(before.get(instance)).toMatchObject({
      ...{ account: project, region: 'europe-west1-b', name: 'web-1', tags: { team: 'web' } },
      configuration: {
        machineType: `projects/${project}/zones/europe-west1-b/machineTypes/e2-small`,
        networkInterfaces: [{ network: `projects/${project}/global/networks/main` }],
      },
    })
    await inTwos(edit, (command) => gcloud.run(command))
    const after = await all(standIn)
    const changes = [...before].flatMap(([key, was]) => {
      const is = after.get(key)
      return is === undefined
        ? [[key, 'gone']]
        : diffResources(was, is).map(({ path, after: now }) => [key, path, now ?? null])
    })
    expect(changes.sort()).toEqual(
      [
        [secret, 'gone'],
        [secretPolicy, 'gone'],
        [firewall, 'configuration.sourceRanges[=10.0.0.0/8]', null],
        [firewall, 'configuration.sourceRanges[=0.0.0.0/0]', '0.0.0.0/0'],
        [instance, 'tags.owner', 'alice'],
        [topic, 'tags.team', 'mail'],
        [zone, 'configuration.description', 'shops'],
      ].sort(),
    )
    expect([...after.keys()].filter((key) => !before.has(key))).toEqual([])
  },
  // Twelve commands of some seconds each, of a busy machine ten.
  240_000,
)
