import type { Connector } from '../../../connectors/connector.ts'
import { type DockerOptions, DockerSource, dockerOptions } from './docker-source.ts'

/** A connector as small as one can be: the fixture of docs/CONTRIBUTING.md. It is not shipped. */
export const docker: Connector<DockerOptions> = {
  kind: 'docker',
  summary: 'Containers of a Docker daemon: the path of its socket',
  examples: ['docker:/var/run/docker.sock'],
  options: dockerOptions,
  open: (where, options, { redactor }) => new DockerSource(where, options, redactor),
}
