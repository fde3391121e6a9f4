import { expect, test } from 'bun:test'
import type { Resource } from '../../model/resource.ts'
import { itemsOf, openEstate, scanOf, stateScope } from './estate.case.ts'
import { managed } from './join.case.ts'

const state = stateScope('app')
const project = 'acme-shop'
const scope = (type: string): string => `gcp/${project}/-/${type}`
const firewallId = (name: string): string => `projects/${project}/global/firewalls/${name}`

const wanted = (address: string, id: string): Resource =>
  managed(address, id, {
    ...{ provider: 'google', account: project, region: null, attributes: { project } },
    metadata: { provider: 'provider["registry.terraform.io/hashicorp/google"]' },
  })

const found = (type: string, id: string, ambient?: string): Resource => ({
  ...{ id, type, name: id, provider: 'gcp', account: project, region: null, configuration: {}, tags: {} },
  metadata: ambient === undefined ? {} : { ambient },
})

test('a state of Google Cloud is joined with what is collected: by hand, missing, a default, a part of an instance', async () => {
  await using estate = await openEstate()
  await using view = await estate.open({ settleMs: 0 })
  const instance = `projects/${project}/zones/europe-west1-b/instances/web`
  const users = [`https://www.googleapis.com/compute/v1/${instance}`]
  const disk = found('google_compute_disk', `projects/${project}/zones/europe-west1-b/disks/web`)
  const firewalls = scope('google_compute_firewall')
  await estate.send(
    ...scanOf(state, 's1', [
      wanted('google_compute_firewall.ssh', firewallId('ssh')),
      wanted('google_compute_firewall.lost', firewallId('lost')),
      wanted('google_compute_instance.web', instance),
    ]),
    ...scanOf(firewalls, 'f1', [
      found('google_compute_firewall', firewallId('ssh')),
      found('google_compute_firewall', firewallId('byhand')),
      found('google_compute_firewall', firewallId('default-allow-ssh'), 'default'),
    ]),
    ...scanOf(scope('google_compute_instance'), 'i1', [found('google_compute_instance', instance)]),
    ...scanOf(scope('google_compute_disk'), 'd1', [{ ...disk, metadata: { users } }]),
  )
  await view.whenCaughtUp()
  const said = itemsOf(view).map(({ status, address }) => [status, address])
  expect(said.filter(([status]) => status === 'unmanaged')).toEqual([['unmanaged', firewallId('byhand')]])
  expect(said.filter(([status]) => status === 'missing')).toEqual([['missing', 'google_compute_firewall.lost']])
  expect(view.coverage()).toMatchObject({ managed: 3, unmanaged: 1, missing: 1, exists: 2 })
  expect(estate.failures).toEqual([])
})
