import { type IsSecretName, maskAssignments } from './secret-assignments.ts'
import { maskAccounts, maskBelowNames, maskKubernetesSecrets } from './secret-blocks.ts'
import { hasLongRun, maskBase64, maskPercentEncoded, maxNesting, throughEntities } from './secret-encodings.ts'
import { mayHoldSecret } from './secret-filter.ts'
import { maskLines } from './secret-lines.ts'
import { classifyName } from './secret-names.ts'
import { type Mask, maskOldVaultToken, maskShapes } from './secret-shapes.ts'
import { isHarmlessValue, isProse } from './secret-values.ts'

/** What a secret became; one of these is never masked again. */
export const placeholder = /^\(redacted(?::[0-9a-f]{16})?\)$/

export interface MaskOptions {
  /** Whether the value behind a name is a secret. */
  readonly isSecretName?: IsSecretName
  /** How many encodings the text was unpacked from. */
  readonly nesting?: number
}

/**
 * Replaces each secret in a text. In this order: what is known by its own shape, Kubernetes Secrets and accounts in YAML, lines of commands and
 * configuration files, values behind a secret name, and pieces in another encoding that hold any of these.
 * @param mask makes the replacement of one secret; its result must match {@link placeholder}
 */
export function maskSecrets(text: string, mask: Mask, options: MaskOptions = {}): string {
  const { isSecretName = hasSecretName, nesting = 0 } = options
  const once: Mask = (secret) => (isPlaceholder(secret) ? secret : mask(secret))
  const unlessHarmless: Mask = (secret) => (isHarmlessValue(secret) || isProse(secret, '') ? secret : once(secret))
  const byNames = (inner: string): string => maskAssignments(inner, once, isSecretName)
  const shaped = maskAccounts(maskKubernetesSecrets(maskShapes(text, once), once), once)
  const listed = maskBelowNames(maskLines(shaped, unlessHarmless, hasSecretName), once, kindOf)
  const named = throughEntities(byNames(listed), byNames)
  if (nesting >= maxNesting) return named
  const search = (decoded: string): boolean => holdsSecret(decoded, nesting + 1)
  return maskBase64(maskPercentEncoded(named, once, search), once, search)
}

/**
 * The same for a text that need not hold any: most hold none, and are returned after one look.
 * @param nesting how many encodings the text was unpacked from
 */
export function maskWhatMayHold(text: string, mask: Mask, nesting = 0): string {
  if (mayHoldSecret(text)) return maskSecrets(text, mask, { nesting })
  // Nothing in it is named, but a long run can be base64 of something that is, or a token without a beginning of its own.
  if (nesting >= maxNesting || !hasLongRun(text)) return text
  return maskBase64(maskOldVaultToken(text, mask), mask, (decoded) => holdsSecret(decoded, nesting + 1))
}

/** A mark, or a part of one that a pattern matched as a value. Redacting twice gives the same text as redacting once. */
const isPlaceholder = (text: string): boolean => /^(?:[|>][-+\d]{0,2})?\(?redacted(?::[0-9a-f]{16})?\)?$/.test(text)

function holdsSecret(text: string, nesting: number): boolean {
  let found = false
  const note: Mask = () => {
    found = true
    return '(redacted)'
  }
  maskWhatMayHold(text, note, nesting)
  return found
}

const hasSecretName = (name: string): boolean => {
  const kind = classifyName(name)
  return kind === 'secret' || kind === 'vault'
}

const kindOf = (name: string): 'secret' | 'vault' | 'harmless' | 'plain' => {
  const kind = classifyName(name)
  return kind === 'paired' || kind === 'sealed' ? 'plain' : kind
}
