import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { JudgedItem } from '../../../pipeline/drift/judged-item.ts'
import { openGcloud } from '../../../test/gcp/gcloud.ts'
import { project, startStandIn } from '../../../test/gcp/stand-in.ts'
import { projectNumber } from '../../../test/gcp/things.ts'
import { needs } from '../../../test/lanes.ts'
import { runCli } from '../../../test/server-process.ts'

const instance = (type: string, name: string, attributes: object) => ({
  ...{ mode: 'managed', type, name, provider: 'provider["registry.terraform.io/hashicorp/google"]' },
  instances: [{ schema_version: 0, attributes: { project, ...attributes } }],
})

const robot = `robot@${project}.iam.gserviceaccount.com`

/** As Terraform's google provider writes it. */
const state = {
  ...{ version: 4, terraform_version: '1.9.5', serial: 1, lineage: 'a', outputs: {}, check_results: null },
  resources: [
    instance('google_project_iam_member', 'anna', {
      ...{ id: `${project}/roles/viewer/user:anna@example.com`, role: 'roles/viewer', member: 'user:anna@example.com' },
      condition: [],
    }),
    instance('google_project_iam_member', 'bob', {
      ...{ id: `${project}/roles/viewer/user:bob@example.com`, role: 'roles/viewer', member: 'user:bob@example.com' },
      condition: [],
    }),
    instance('google_project_iam_binding', 'editors', {
      ...{ id: `${project}/roles/editor`, role: 'roles/editor', members: ['group:dev@example.com'], condition: [] },
    }),
    instance('google_pubsub_topic_iam_binding', 'sink', {
      ...{ role: 'roles/pubsub.publisher', members: ['user:bob@example.com'], topic: 'jobs', condition: [] },
    }),
    instance('google_service_account_iam_member', 'run', {
      ...{ role: 'roles/iam.serviceAccountUser', member: 'user:bob@example.com', condition: [] },
      service_account_id: `projects/${project}/serviceAccounts/${robot}`,
    }),
  ],
}

const topicGrant = (member: string): string =>
  `pubsub topics add-iam-policy-binding jobs --member=${member} --role=roles/pubsub.publisher`
const grant = (member: string, role: string): string =>
  `projects add-iam-policy-binding ${project} --member=${member} --role=${role} --condition=None`

test.skipIf(needs.gcloud.found === null)(
  'members that gcloud adds and takes away are what vaino drift says of a state',
  async () => {
    await using standIn = await startStandIn()
    await using gcloud = await openGcloud(standIn)
    Object.assign(process.env, standIn.environment)
    const folder = mkdtempSync(path.join(tmpdir(), 'vaino-gcp-join-'))
    try {
      mkdirSync(path.join(folder, 'infra'))
      writeFileSync(path.join(folder, 'infra/terraform.tfstate'), JSON.stringify(state))
      const types = { include: ['google_*_iam_policy'] }
      const google = { kind: 'gcp', where: project, endpoint: `${standIn.url}/{api}/`, types }
      writeFileSync(
        path.join(folder, 'vaino.yaml'),
        JSON.stringify({ sources: [{ kind: 'terraform', where: './infra' }, google] }),
      )
      const drift = async () => {
        const { code, stdout } = await runCli(['drift', '--config', 'vaino.yaml', '-o', 'ndjson'], folder)
        const items = stdout.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as JudgedItem)))
        const said = items.map(({ status, address, fields }) => [status, address, ...fields.map((field) => field.path)])
        return [code, ...said.map((parts) => parts.join(' ')).sort()]
      }
      for (const member of ['user:anna@example.com', 'user:bob@example.com'])
        await gcloud.run(grant(member, 'roles/viewer'))
      await gcloud.run(grant('group:dev@example.com', 'roles/editor'))
      await gcloud.run(
        grant(
          `serviceAccount:service-${projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`,
          'roles/pubsub.serviceAgent',
        ),
      )
      await gcloud.run('pubsub topics create jobs')
      await gcloud.run(topicGrant('user:bob@example.com'))
      await gcloud.run('iam service-accounts create robot')
      await gcloud.run(
        `iam service-accounts add-iam-policy-binding ${robot} --member=user:bob@example.com --role=roles/iam.serviceAccountUser`,
      )
      expect(await drift()).toEqual([0])

      await gcloud.run(grant('user:eve@example.com', 'roles/viewer'))
      await gcloud.run(grant('user:eve@example.com', 'roles/editor'))
      await gcloud.run(grant('serviceAccount:999-compute@developer.gserviceaccount.com', 'roles/editor'))
      await gcloud.run(topicGrant('allUsers'))
      await gcloud.run(
        `iam service-accounts remove-iam-policy-binding ${robot} --member=user:bob@example.com --role=roles/iam.serviceAccountUser`,
      )
      await gcloud.run(
        `projects remove-iam-policy-binding ${project} --member=user:bob@example.com --role=roles/viewer --condition=None`,
      )
      expect(await drift()).toEqual([
        1,
        'changed google_project_iam_binding.editors members[=serviceAccount:999-compute@developer.gserviceaccount.com] members[=user:eve@example.com]',
        'changed google_pubsub_topic_iam_binding.sink members[=allUsers]',
        'missing google_project_iam_member.bob',
        'missing google_service_account_iam_member.run',
        `unmanaged ${project} roles/viewer user:eve@example.com`,
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  300_000,
)
