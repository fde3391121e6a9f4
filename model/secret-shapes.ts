import { Buffer } from 'node:buffer'
import { looksRandom } from './secret-values.ts'

/**
 * Secrets that are known by their own shape, wherever they stand: private keys, tokens with a known beginning, passwords in URLs and password
 * hashes. All patterns have bounded repetitions or begin with a literal, so a text of any content is read in a time that grows with its size.
 */
export type Mask = (secret: string) => string

const privateKey =
  /-----BEGIN ((?:[A-Z0-9]{1,16} ){0,4})PRIVATE KEY( BLOCK)?-----[\s\S]*?(?:-----END \1PRIVATE KEY\2-----|$)/g
const puttyKey = /(Private-Lines: \d{1,4}(?:[\r\n]|\\[rn])+)([\s\S]*?)(?=Private-(?:MAC|Hash)|$)/g
/** A PEM block in base64, as Kubernetes and kubeconfig files hold them; most are certificates. */
const encodedPem = /LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]+/g
/** A password may hold "@" but no "/": it ends at the last "@" before the next slash. */
const urlPassword = /(:\/\/(?!\(redacted)[^\s/?#:@"'<>\\]{0,256}:)([^\s/"'<>\\]{1,1024})(?=@)/g
/** A password with a slash ends at the first "@"; digits alone before the slash are a port. */
const slashedPassword = /(:\/\/(?!\(redacted)[^\s/?#:@"'<>[\\]{1,256}:)(?!\d{1,5}[/?#])([^\s@"'<>\\]{1,1024})(?=@)/g
const urlUser = /(:\/\/)([\w.~+=-]{12,512})(?=(?::x-oauth-basic)?@)/g
/** `user:password@tcp(host:3306)/` as Go writes it, `user/password@host` as Oracle does. */
const driverPassword =
  /((?:^|[\s"'=])[\w.-]{1,64}:)([^\s"'@]{1,256})(?=@(?:tcp|unix)\()|(jdbc:oracle:thin:[\w.-]{1,64}\/)([^\s"'@]{1,256})(?=@)/g
const urlSignature = /([?&](?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)=)([^&\s"'\\]+)/gi
const sipPassword = /(\bsips?:[\w.-]{1,64}:)([^\s"'@]{1,256})(?=@)/g
const webhook =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/\d+\/|webhook\.office\.com\/webhookb2\/)([\w/@-]+)/g
const authorization = /\b(bearer|basic)(\s+)([\w.~+/=-]{8,})/gi
/** The id of an AWS key is no secret, but its secret often follows it. */
const awsKeyPair =
  /((?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])[\s\S]{0,80}?[^A-Za-z0-9/+])([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/g
const jwt = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){1,3}/g
/** Hashes of passwords as crypt(3), LDAP and Django write them. */
const passwordHash =
  /(\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|md5|sha1|scrypt|pbkdf2[\w-]{0,16})\$)([^\s:"'\\,;<>]{6,512})|(\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2[\w-]{0,16})\})([^\s:"'\\,;<>]{6,512})|(\bpbkdf2_sha\d+\$|\$argon2(?:id|i|d)\$)([^\s"'\\]{8,512})/g

/** Beginnings of tokens. A new one needs its first four characters in `secret-filter.ts` as well. */
const tokenShapes: readonly RegExp[] = [
  // GitHub, GitLab, Slack, Stripe, npm, PyPI, RubyGems, Docker.
  /gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|oas|ptt|dt|rt|cbt|imt|agent|ft|soat)-[\w-]{16,}/,
  /xox[abeoprs](?:\.xox[bp])?-[\w-]{10,}|xapp-[\w-]{10,}/,
  /[sr]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,}/,
  /npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|rubygems_\w{30,}|dckr_(?:pat|oat)_[\w-]{16,}/,
  // Google, Vault, HashiCorp, Doppler, age.
  /AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{16,}/,
  /hv[sbr]\.[\w-]{20,}|\w{14}\.atlasv1\.[\w-]{40,}/,
  /dp\.(?:pt|st|ct|sa|scim|audit)\.\w{20,}|AGE-SECRET-KEY-1\w{20,}/,
  // Anthropic, OpenAI, Groq, Hugging Face, Databricks, New Relic, Datadog's neighbours.
  /sk-(?:ant|proj|svcacct|or)-[\w-]{16,}|(?<![\w-])sk-[A-Za-z0-9]{20,}|gsk_\w{20,}|hf_[A-Za-z0-9]{20,}/,
  /dapi[0-9a-f]{32}[\w-]*|NRAK-[A-Z0-9a-z]{20,}|glsa_\w{20,}|glc_[\w+/=]{20,}|sntry[su]_[\w+/=]{20,}/,
  // DigitalOcean, Shopify, SendGrid, Brevo, Linear, Atlassian, Tailscale, Pulumi, Postman, Figma, Supabase, Telegram.
  /do[por]_v1_\w{32,}|shp(?:at|ss|ca|pa)_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|xkeysib-[\w-]{20,}|lin_(?:api|oauth)_\w{20,}/,
  /AT[AC]TT3[\w=-]{20,}|tskey-[\w-]{16,}|pul-[\w-]{20,}|PMAK-[\w-]{20,}|figd_[\w-]{20,}|sbp_\w{20,}/,
  /(?<!\d)\d{8,10}:AA[\w-]{30,}|IQoJb3JpZ2lu[\w+/=]{40,}/,
]
const tokens = new RegExp(tokenShapes.map((pattern) => pattern.source).join('|'), 'g')

/** @param mask makes the replacement of one secret, and returns a replacement as it is */
export function maskShapes(text: string, mask: Mask): string {
  const behind = (match: string, ...groups: unknown[]) => maskBehind(match, groups, mask)
  const bare = text
    .replace(privateKey, mask)
    .replace(puttyKey, behind)
    .replace(encodedPem, (match) => (holdsPrivateKey(match) ? mask(match) : match))
  const addressed = !bare.includes('@')
    ? bare
    : bare
        .replace(urlPassword, behind)
        .replace(slashedPassword, behind)
        .replace(driverPassword, behind)
        .replace(sipPassword, behind)
  return maskTokens(addressed, mask)
    .replace(urlSignature, behind)
    .replace(webhook, behind)
    .replace(authorization, (match, scheme: string, space: string, secret: string) =>
      // "Basic authentication" is prose; encoded credentials have digits, padding or mixed case.
      /[\d=]|[a-z][A-Z]/.test(secret) ? scheme + space + mask(secret) : match,
    )
    .replace(awsKeyPair, behind)
    .replace(passwordHash, behind)
}

/** The one token that nothing else gives away: HashiCorp Vault's before version 1.10. */
const oldVaultToken = /(?<![\w.])[sb]\.[A-Za-z0-9]{24,64}(?![\w.])/g
export const maskOldVaultToken = (text: string, mask: Mask): string =>
  text.includes('s.') || text.includes('b.') ? text.replace(oldVaultToken, mask) : text

/** The shapes that nothing else resembles: what a name of a member can be a secret by. */
export const maskTokens = (text: string, mask: Mask): string =>
  maskOldVaultToken(text, mask)
    .replace(jwt, mask)
    .replace(tokens, mask)
    .replace(urlUser, (match, kept: string, user: string) => (looksRandom(user) ? kept + mask(user) : match))

/** Of the groups of a match, which come in pairs, keeps the first that took part and masks the second. */
export function maskBehind(match: string, groups: readonly unknown[], mask: Mask): string {
  const at = groups.findIndex((group) => typeof group === 'string')
  const [kept, secret] = [groups[at], groups[at + 1]]
  if (typeof kept !== 'string' || typeof secret !== 'string') return match
  return kept + mask(secret) + match.slice(kept.length + secret.length)
}

const cutToken =
  /\b(?:gh[opsur]_|github_pat_|glpat-|xox[a-z]-|xapp-|[sr]k_(?:live|test)_|whsec_|npm_|pypi-|AIza|ya29\.|hv[sb]\.|sk-|dop_v1_|shpat_|SG\.|eyJ|AGE-SECRET-KEY-)[\w.-]*$/
/** A port ends a URL as well. */
const cutPassword = /(:\/\/[^\s/?#:@"'<>\\]{0,256}:)(?!\d{0,5}$)[^\s/"'<>\\]+$/

/** Masks what a text breaks off in: the begin of a token, or of a URL with a password, no longer looks like one. */
export const maskCutEnd = (text: string): string =>
  text.replace(cutToken, '(redacted)').replace(cutPassword, '$1(redacted)')

const holdsPrivateKey = (base64: string): boolean =>
  Buffer.from(base64, 'base64').toString('latin1').includes('PRIVATE KEY')
