import type { Redactor } from '../../../model/redaction.ts'
import { copyRedactor } from '../secret-copies.ts'
import { sensitiveTexts } from '../sensitive.ts'
import type { ManagedInstance } from './instances.ts'
import type { TypeSchema } from './provider/provider.ts'

/** Of all secrets of a state together; whose are more has errors without a provider's words. */
const maxTotalLength = 2 ** 20
/** Shorter texts stand in other words; they are masked where they are a word of their own. */
const minSoughtLength = 6

/** The sensitive values of the instances that one pass has met, to be kept out of what providers say of others. */
export class PassSecrets {
  readonly #redactor: Redactor
  readonly #texts = new Set<string>()
  #totalLength = 0
  #mask: ((text: string) => string) | null = null

  constructor(redactor: Redactor) {
    this.#redactor = redactor
  }

  /** @param schema null where the provider could not be asked for it: then the state's own marks count alone */
  add({ instance }: ManagedInstance, schema: TypeSchema | null): void {
    const inSchema = schema === null ? [] : [...schema.sensitive, ...schema.writeOnly]
    for (const text of sensitiveTexts(instance.attributes, instance.sensitivePaths, inSchema)) {
      if (this.#totalLength > maxTotalLength) return
      if (this.#texts.has(text)) continue
      this.#texts.add(text)
      this.#totalLength += text.length
      this.#mask = null
    }
  }

  /** A text without the secrets; `''` where there are too many to know them all. */
  readonly mask = (text: string): string => {
    if (this.#totalLength > maxTotalLength) return ''
    this.#mask ??= maskOf(this.#texts, this.#redactor)
    return this.#mask(text)
  }
}

function maskOf(texts: ReadonlySet<string>, redactor: Redactor): (text: string) => string {
  const redactCopies = copyRedactor(texts, redactor)
  const short = [...texts].filter((text) => text.length < minSoughtLength).map((text) => RegExp.escape(text))
  const words = short.length === 0 ? null : new RegExp(`(?<![A-Za-z0-9])(?:${short.join('|')})(?![A-Za-z0-9])`, 'g')
  return (text) => {
    const holder = { text }
    redactCopies(holder)
    return words === null ? holder.text : holder.text.replace(words, '…')
  }
}
