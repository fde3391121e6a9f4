import { homedir } from 'node:os'
import {
  containerKeys,
  type Found,
  failure,
  found,
  instanceKeys,
  processKeys,
  readSecret,
  remoteLimits,
  variableKeys,
} from './aws-keys.ts'
import { type Environment, type Profile, type Profiles, readProfiles } from './aws-profile.ts'
import { type AwsKeys, signedHeaders } from './aws-signature.ts'
import { Renewed } from './renewed.ts'
import { textOf } from './small-answer.ts'
import { element } from './xml.ts'

/** A chain of roles longer than this goes in a circle. */
const maxRoles = 5

/**
 * Credentials as the tools of AWS find them: variables, the profile (keys, a role, a process, a web identity), a web identity, the
 * container, the instance. Asked for once for all who wait, and anew before they expire.
 */
export class AwsCredentials {
  readonly #profile: string | null
  readonly #env: Environment
  readonly #home: string
  readonly #found = new Renewed(() => this.#find())

  /** @param profile null: `AWS_PROFILE`, else `default` */
  constructor(profile: string | null, env: Environment = process.env, home: string = homedir()) {
    this.#profile = profile
    this.#env = env
    this.#home = home
  }

  /** @throws VainoError `source_failed`; no message holds a key */
  async keys(): Promise<AwsKeys> {
    return (await this.#found.get()).keys
  }

  /** The region of the variables or the profile; null where they name none. */
  async region(): Promise<string | null> {
    const { AWS_REGION, AWS_DEFAULT_REGION } = this.#env
    if (AWS_REGION || AWS_DEFAULT_REGION) return AWS_REGION || AWS_DEFAULT_REGION || null
    return (await readProfiles(this.#env, this.#home)).get(this.#profileName)?.region ?? null
  }

  get #profileName(): string {
    return this.#profile ?? this.#env.AWS_PROFILE ?? 'default'
  }

  async #find(): Promise<Found> {
    const fromVariables = this.#profile === null ? variableKeys(this.#env) : null
    if (fromVariables !== null) return fromVariables
    const profiles = await readProfiles(this.#env, this.#home)
    const name = this.#profileName
    const isNamed = this.#profile !== null || this.#env.AWS_PROFILE !== undefined
    const profile = profiles.get(name)
    if (profile === null && isNamed)
      throw failure(`the profile "${name}" is in no file`, 'Run `aws configure list-profiles`.')
    const found =
      (profile && (await this.#ofProfile(name, profile, profiles, 0))) ??
      (await this.#ofWebIdentity(this.#env.AWS_WEB_IDENTITY_TOKEN_FILE, this.#env.AWS_ROLE_ARN)) ??
      (await containerKeys(this.#env)) ??
      (await instanceKeys(this.#env))
    if (found !== null) return found
    throw failure(
      'no credentials are found',
      'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached.',
    )
  }

  /** @returns null where the profile says nothing of credentials */
  async #ofProfile(name: string, profile: Profile, profiles: Profiles, depth: number): Promise<Found | null> {
    if (depth > maxRoles) throw failure(`the roles of the profile "${name}" go in a circle`, 'Repair source_profile.')
    const { role_arn, source_profile, credential_source, web_identity_token_file, credential_process } = profile
    if (role_arn !== undefined && web_identity_token_file !== undefined)
      return this.#ofWebIdentity(web_identity_token_file, role_arn)
    if (role_arn !== undefined) {
      if (profile.mfa_serial !== undefined)
        throw failure(`the profile "${name}" asks for a code (mfa_serial)`, exportHint(name))
      const source =
        source_profile === undefined
          ? await this.#ofSource(credential_source)
          : await this.#ofSourceProfile(name, source_profile, profile, profiles, depth)
      if (source === null)
        throw failure(`the profile "${name}" has a role and nobody to take it`, 'Set source_profile.')
      return this.#assumeRole(role_arn, profile, source.keys)
    }
    const { aws_access_key_id: id, aws_secret_access_key: secret } = profile
    if (id !== undefined && secret !== undefined) {
      return {
        keys: { accessKeyId: id, secretAccessKey: secret, sessionToken: profile.aws_session_token ?? null },
        expiresAtMs: null,
      }
    }
    if (credential_process !== undefined) return processKeys(name, credential_process)
    if (profile.sso_session !== undefined || profile.sso_start_url !== undefined || profile.login_session !== undefined)
      throw failure(`the profile "${name}" signs in through a browser`, exportHint(name))
    return null
  }

  #ofSourceProfile(
    name: string,
    source: string,
    own: Profile,
    profiles: Profiles,
    depth: number,
  ): Promise<Found | null> {
    if (source === name) {
      const { role_arn: _, source_profile: __, ...keys } = own
      return this.#ofProfile(source, keys, profiles, depth + 1)
    }
    const profile = profiles.get(source)
    if (profile === null) throw failure(`the profile "${source}" is in no file`, 'Run `aws configure list-profiles`.')
    return this.#ofProfile(source, profile, profiles, depth + 1)
  }

  async #ofSource(source: string | undefined): Promise<Found | null> {
    if (source === 'Environment') return variableKeys(this.#env)
    if (source === 'EcsContainer') return containerKeys(this.#env)
    return source === 'Ec2InstanceMetadata' ? instanceKeys(this.#env) : null
  }

  async #ofWebIdentity(file: string | undefined, role: string | undefined): Promise<Found | null> {
    if (file === undefined || role === undefined) return null
    const token = await readSecret(file)
    const name = this.#env.AWS_ROLE_SESSION_NAME ?? 'vaino'
    return this.#sts(
      { Action: 'AssumeRoleWithWebIdentity', RoleArn: role, RoleSessionName: name, WebIdentityToken: token },
      null,
    )
  }

  #assumeRole(role: string, profile: Profile, keys: AwsKeys): Promise<Found> {
    const externalId = profile.external_id === undefined ? {} : { ExternalId: profile.external_id }
    const name = profile.role_session_name ?? 'vaino'
    return this.#sts({ Action: 'AssumeRole', RoleArn: role, RoleSessionName: name, ...externalId }, keys)
  }

  async #sts(form: Readonly<Record<string, string>>, keys: AwsKeys | null): Promise<Found> {
    const region = (await this.region()) ?? 'us-east-1'
    const { AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL } = this.#env
    const url = new URL(AWS_ENDPOINT_URL_STS ?? AWS_ENDPOINT_URL ?? `https://sts.${region}.amazonaws.com/`)
    const body = new URLSearchParams({ ...form, Version: '2011-06-15' }).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    const headers =
      keys === null
        ? type
        : signedHeaders({ method: 'POST', url, region, service: 'sts', body, headers: type }, keys, new Date())
    const refused = (answer: Response) =>
      failure(`STS answers ${answer.status} to ${form.Action} of ${form.RoleArn}`, 'May this identity take the role?')
    const ask = (signal: AbortSignal) => fetch(url, { method: 'POST', headers, body, signal })
    const xml = await textOf(ask, refused, remoteLimits)
    return found('STS', {
      AccessKeyId: element(xml, 'AccessKeyId'),
      SecretAccessKey: element(xml, 'SecretAccessKey'),
      Token: element(xml, 'SessionToken'),
      Expiration: element(xml, 'Expiration'),
    })
  }
}

const exportHint = (name: string): string =>
  `Name a profile with \`credential_process = aws configure export-credentials --profile ${name}\`, which signs in for it.`
