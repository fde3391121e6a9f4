import path from 'node:path'
import { ProviderError } from './provider-error.ts'

/** The value by which a Terraform provider knows that it was started as a plugin and not by hand. It is no secret. */
const magicCookie = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2'

/** A handshake is a line of some 100 bytes. */
export const maxHandshakeBytes = 4096

/** What a plugin needs in its environment. @param folder of its socket, which no one else may enter */
export const handshakeEnvironment = (folder: string): Record<string, string> => ({
  TF_PLUGIN_MAGIC_COOKIE: magicCookie,
  PLUGIN_PROTOCOL_VERSIONS: '5,6',
  PLUGIN_UNIX_SOCKET_DIR: folder,
  // Plugins built before that variable existed make their socket where temporary files go.
  TMPDIR: folder,
})

export type ProtocolVersion = 5 | 6

export interface Handshake {
  readonly protocol: ProtocolVersion
  readonly socket: string
}

const notAPlugin = (what: string): ProviderError =>
  new ProviderError('not_started', what, {
    hint: 'Is the file really this provider? `terraform init` puts it in place again.',
  })

/**
 * Reads the line that a plugin prints when it listens: `1|5|unix|/tmp/x/plugin1|grpc|`. What it printed instead is in no error: it may hold anything.
 * @param folder in which its socket must be
 * @throws ProviderError `not_started`
 */
export function parseHandshake(line: string, folder: string): Handshake {
  const [core, protocol, network, address = '', form] = line.trim().split('|')
  if (form === undefined || !/^\d+$/.test(core ?? ''))
    throw notAPlugin('it printed something that is no handshake of a plugin')
  if (core !== '1') throw notAPlugin(`its handshake has the version ${core}, and vaino knows 1`)
  if (protocol !== '5' && protocol !== '6') {
    throw new ProviderError(
      'not_started',
      `it speaks version ${protocol} of the plugin protocol, and vaino speaks 5 and 6`,
      {
        hint: 'Use a version of the provider that Terraform 1.x runs.',
      },
    )
  }
  if (form !== 'grpc') throw notAPlugin('it does not speak gRPC')
  // Whoever can open the socket can use the provider's credentials.
  if (network !== 'unix' || path.dirname(path.resolve(address)) !== folder)
    throw notAPlugin('it listens somewhere else than in the folder that it was given')
  return { protocol: protocol === '5' ? 5 : 6, socket: address }
}
