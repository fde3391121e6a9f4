import type { Tokens } from '../api/access.ts'
import { type Listen, parseListen, refuseOpenAddress } from '../api/server.ts'
import type { Config } from '../pipeline/config/schema.ts'

/**
 * Where a server of this configuration listens, and who may ask it.
 * @throws VainoError `bad_config` for what is no address, or one that others can reach while there are no tokens
 */
export function servingOf(config: Config): { readonly listen: Listen; readonly tokens: Tokens } {
  const listen = parseListen(config.listen)
  const tokens = { ...config.tokens, oidc: config.oidc }
  refuseOpenAddress(listen, tokens)
  return { listen, tokens }
}
