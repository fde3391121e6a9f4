import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Json } from '../../../model/resource.ts'
import { objectGuises } from './objects.ts'

/**
 * Secrets in the guises in which they stand in real configurations, and leaves that only resemble them. One line of the text files is one case;
 * "§" is where the secret stands, `\n` a line break. A line that begins with "! " is one that was wrong once, and of which none may be again.
 * Cases at odd places of a list are the hold-out: rules are not made for them.
 */
export interface Case {
  readonly what: string
  readonly type: string
  readonly configuration: { readonly [name: string]: Json }
  readonly isHeldOut: boolean
  readonly isListed: boolean
}

/** No two are of one kind: digits and capitals, words alone, and long. */
const secrets = ['Xq7mK2pW9z', 'Hunter2hunter', 'c0rrectHorseBattery']
/** What finds them in any encoding is checked by the guises' own form alone: each is a part of one. */
export const traces = (): readonly string[] =>
  secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64').slice(0, 12), '987654321'])

interface Line {
  readonly text: string
  readonly isHeldOut: boolean
  readonly isListed: boolean
}

const linesOf = (file: string): Line[] =>
  readFileSync(path.join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, n) => ({ text: line.replace(/^! /, ''), isHeldOut: n % 2 === 1, isListed: line.startsWith('! ') }))

const secretOf = (at: number): string => secrets[at % secrets.length] ?? ''
const withBreaks = (text: string): string => text.replaceAll('\\n', '\n')

/** @param shift other secrets in the same guises */
export const guises = (shift = 0): Case[] => [
  ...linesOf('secret-names.txt').map(({ text: name, ...marks }, n) => ({
    ...{ what: `the name ${name}`, type: 'thing', ...marks },
    configuration: {
      [name]: secretOf(n + shift),
      list: [{ [name]: [secretOf(n + shift)] }],
      text: `${name}=${secretOf(n + shift)} x`,
    },
  })),
  ...linesOf('secret-texts.txt').map(({ text, ...marks }, n) => ({
    ...{ what: text, type: 'thing', ...marks },
    configuration: { text: withBreaks(text.replaceAll('§', secretOf(n + shift))) },
  })),
  ...objectGuises.map(({ what, type = 'thing', of, isListed = false }, n) => ({
    ...{ what, type, isListed, isHeldOut: n % 2 === 1 },
    configuration: of(secretOf(n + shift)),
  })),
]

/** Each case is one leaf. */
export const harmless = (): Case[] =>
  linesOf('harmless-leaves.txt').map(({ text, ...marks }) => {
    const [name = '', ...rest] = text.split(' = ')
    return { what: text, type: 'thing', configuration: { [name]: withBreaks(rest.join(' = ')) }, ...marks }
  })
