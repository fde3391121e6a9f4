import { copyFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { RealTerraform } from '../terraform/real-terraform.ts'
import { type TemporaryFolder, temporaryFolder } from '../terraform/temporary-folder.ts'
import { toyMirror } from './build.ts'
import { ToyCloud } from './toy-cloud.ts'

const infra = fileURLToPath(new URL('infra/main.tf', import.meta.url))

/** An estate of our own providers that the real terraform has applied, in a folder of its own. */
export interface ToyEstate extends AsyncDisposable {
  readonly folder: TemporaryFolder
  /** The root module, with its state, lock file and `.terraform/providers`. */
  readonly infra: string
  readonly terraform: RealTerraform
  readonly cloud: ToyCloud
  /** The cloud of the provider configuration `toy.other`. */
  readonly otherCloud: ToyCloud
}

/** @param password the one secret of the estate */
export async function applyToyEstate(password: string): Promise<ToyEstate> {
  const folder = await temporaryFolder()
  const root = path.join(folder.path, 'infra')
  mkdirSync(root)
  copyFileSync(infra, path.join(root, 'main.tf'))
  const cloud = new ToyCloud(path.join(folder.path, 'cloud'))
  const otherCloud = new ToyCloud(path.join(folder.path, 'other-cloud'))
  const terraform = new RealTerraform(
    root,
    { '*/*/*': toyMirror() },
    { TF_VAR_cloud: cloud.folder, TF_VAR_other_cloud: otherCloud.folder, TF_VAR_password: password },
  )
  await terraform.init()
  await terraform.apply()
  return { folder, infra: root, terraform, cloud, otherCloud, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] }
}
