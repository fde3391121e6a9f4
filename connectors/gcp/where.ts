import { VainoError } from '../../model/errors.ts'

/** What is watched: the project of the credentials, one project, or all projects below a folder or an organization. */
export type Where =
  | { readonly kind: 'own' }
  | { readonly kind: 'project'; readonly project: string }
  | { readonly kind: 'below'; readonly parent: string }

/** A project's id: 6 to 30 letters, digits and hyphens. Old ones begin with the domain that owns them: `example.com:site`. */
const projectId = /^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/

/** @throws VainoError `bad_config` */
export function parseWhere(where: string): Where {
  if (where === '') return { kind: 'own' }
  if (/^(?:folders|organizations)\/\d+$/.test(where)) return { kind: 'below', parent: where }
  const project = where.startsWith('projects/') ? where.slice('projects/'.length) : where
  if (projectId.test(project)) return { kind: 'project', project }
  if (/^\d+$/.test(project)) {
    throw new VainoError('bad_config', 'a project is named by its id here, not by its number', {
      hint: '`gcloud projects describe NUMBER` prints its id.',
    })
  }
  throw new VainoError('bad_config', 'it is no project, folder or organization', {
    hint: 'Write gcp:PROJECT_ID, gcp:folders/NUMBER or gcp:organizations/NUMBER.',
  })
}
