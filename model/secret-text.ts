import { Buffer } from 'node:buffer'
import { type IsSecretName, maskAssignments } from './secret-assignments.ts'
import { classifyName } from './secret-names.ts'

/** What a secret became; one of these is never masked again. */
export const placeholder = /^\(redacted(?::[0-9a-f]{16})?\)$/

const privateKey =
  /-----BEGIN ((?:[A-Z0-9]{1,16} ){0,4})PRIVATE KEY( BLOCK)?-----[\s\S]*?(?:-----END \1PRIVATE KEY\2-----|$)/g
/** A PEM block in base64, as Kubernetes and kubeconfig files hold them; most are certificates. */
const encodedPem = /LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]+/g
/** A password may hold "@" but no "/": it ends at the last "@" before the next slash. */
const urlPassword = /(:\/\/[^\s/?#:@"'<>\\]{0,256}:)([^\s/"'<>\\]{1,1024})(?=@)/g
const urlSignature = /([?&](?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)=)([^&\s"'\\]+)/gi
const webhook =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/\d+\/|webhook\.office\.com\/webhookb2\/)([\w/@-]+)/g
const authorization = /\b(bearer|basic)(\s+)([\w.~+/=-]{8,})/gi
/** The id of an AWS key is no secret, but it is often followed by what is. */
const awsKeyPair =
  /((?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])[\s\S]{0,80}?[^A-Za-z0-9/+])([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/g
const jwt = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){1,3}/g

/** GitHub, GitLab, Slack, Stripe, npm, PyPI, Google, Vault, Anthropic and OpenAI, DigitalOcean, Shopify, SendGrid, Grafana, Docker, Sentry, Linear, HashiCorp. */
const tokens = new RegExp(
  [
    /gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}/,
    /xox[abeoprs](?:\.xox[bp])?-[\w-]{10,}|xapp-[\w-]{10,}/,
    /[sr]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,}/,
    /npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dckr_pat_[\w-]{16,}/,
    /AIza[\w-]{30,}|ya29\.[\w-]{20,}/,
    /hv[sb]\.[\w-]{20,}|\w{14}\.atlasv1\.[\w-]{40,}/,
    /sk-(?:ant|proj)-[\w-]{20,}/,
    /dop_v1_\w{32,}|shp(?:at|ss)_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,}/,
    /glsa_\w{20,}|sntrys_[\w+/=]{20,}|lin_api_\w{20,}/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
  'g',
)

/**
 * Replaces each secret in a text: private keys, tokens of well-known shape, passwords in URLs, and values behind a secret name.
 * @param mask makes the replacement of one secret; what it makes must match {@link placeholder}
 * @param isSecretName whether what stands behind this name is a secret
 */
export function maskSecrets(
  text: string,
  mask: (secret: string) => string,
  isSecretName: IsSecretName = hasSecretName,
): string {
  const once = (secret: string) => (placeholder.test(secret) ? secret : mask(secret))
  const whole = (secret: string) => mask(secret)
  const second = (_match: string, kept: string, secret: string) => kept + once(secret)
  const masked = text
    .replace(privateKey, whole)
    .replace(encodedPem, (match) => (holdsPrivateKey(match) ? mask(match) : match))
    .replace(urlPassword, second)
    .replace(urlSignature, second)
    .replace(webhook, second)
    .replace(authorization, (match, scheme: string, space: string, secret: string) =>
      // "Basic authentication" is prose; what is encoded has digits, padding or mixed case.
      /[\d=]|[a-z][A-Z]/.test(secret) ? scheme + space + mask(secret) : match,
    )
    .replace(awsKeyPair, second)
    .replace(jwt, whole)
    .replace(tokens, whole)
  return maskAssignments(masked, once, isSecretName)
}

const cutToken =
  /\b(?:gh[opsur]_|github_pat_|glpat-|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|whsec_|npm_|pypi-|AIza|ya29\.|hv[sb]\.|sk-(?:ant|proj)-|dop_v1_|shpat_|SG\.|eyJ)[\w.-]*$/
/** A port ends a URL as well. */
const cutPassword = /(:\/\/[^\s/?#:@"'<>\\]{0,256}:)(?!\d{0,5}$)[^\s/"'<>\\]+$/

/** Masks what a text breaks off in: the begin of a token, or of a URL with a password, no longer looks like one. */
export const maskCutEnd = (text: string): string =>
  text.replace(cutToken, '(redacted)').replace(cutPassword, '$1(redacted)')

const holdsPrivateKey = (base64: string): boolean =>
  Buffer.from(base64, 'base64').toString('latin1').includes('PRIVATE KEY')

const hasSecretName = (name: string): boolean => {
  const kind = classifyName(name)
  return kind === 'secret' || kind === 'vault'
}
