import { VainoError } from '../../../model/errors.ts'
import { type Api, type ApiName, apis } from '../table/apis.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where an API answers, with its base path and a slash at the end. As for gcloud, an override without a path stands for the host alone.
 * @param template `…/{api}/`; null: Google's own
 * @throws VainoError `bad_config` for an override that is no URL
 */
export function endpointOf(name: ApiName, env: Environment, template: string | null): string {
  const { base = '', gcloud = name }: Api = apis[name]
  const variable = `CLOUDSDK_API_ENDPOINT_OVERRIDES_${gcloud.toUpperCase()}`
  const override = env[variable]
  if (override) return overridden(variable, override, base)
  if (template !== null) return template.replaceAll('{api}', name) + base
  return `https://${name}.googleapis.com/${base}`
}

function overridden(variable: string, override: string, base: string): string {
  const url = URL.parse(override)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new VainoError('bad_config', `${variable} is no URL`, { hint: 'Such a one is https://compute.example.com/.' })
  }
  if (base === '' || url.pathname !== '/') return override.endsWith('/') ? override : `${override}/`
  return `${url.origin}/${base}`
}
