import { randomBytes } from 'node:crypto'

/** A text that must be found nowhere, in the forms in which it could be. */
export interface Planted {
  readonly what: string
  readonly forms: readonly Buffer[]
}

/** Secrets that are made as they are planted; each is its own, so that what is found says where it came from. */
export class Plants {
  readonly planted: Planted[] = []

  /** A new secret that looks like nothing in particular. */
  word(what: string): string {
    return this.#keep(what, `Xq7${randomBytes(9).toString('hex')}`)
  }

  /** A new secret of a shape that is known: `ghp_` and so on. */
  shaped(what: string, prefix: string, length: number): string {
    return this.#keep(what, prefix + randomBytes(length).toString('hex').slice(0, length))
  }

  privateKey(what: string): string {
    const lines = Array.from({ length: 4 }, () => this.#keep(what, randomBytes(48).toString('base64')))
    return `-----BEGIN RSA PRIVATE KEY-----\n${lines.join('\n')}\n-----END RSA PRIVATE KEY-----\n`
  }

  #keep(what: string, secret: string): string {
    this.planted.push({ what, forms: formsOf(secret).map((form) => Buffer.from(form)) })
    return secret
  }

  /** What of all that was planted stands in these bytes. */
  foundIn(bytes: Buffer): string[] {
    return this.planted.filter(({ forms }) => forms.some((form) => bytes.includes(form))).map(({ what }) => what)
  }
}

/** As it is, as JSON writes it, as a URL writes it, in hexadecimal, and in base64 at each of the three places where it can begin. */
function formsOf(secret: string): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.from('~'.repeat(shift) + secret).toString('base64')
    // What the bytes before and after decide is left out.
    return text.slice(shift === 0 ? 0 : 4, -4)
  })
  const written = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
  return [...new Set([...written, Buffer.from(secret).toString('hex'), ...base64])]
}
