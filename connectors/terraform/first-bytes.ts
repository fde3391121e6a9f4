import { VainoError } from '../../model/errors.ts'

/** What a state is sometimes mistaken for, by its first bytes; latin1, so that a character is a byte. */
const strangers: readonly (readonly [start: string | RegExp, what: string, hint: string])[] = [
  [
    '\xff\xfe',
    'is UTF-16',
    'PowerShell\'s ">" writes that; write UTF-8: `terraform state pull | Out-File -Encoding utf8 FILE`.',
  ],
  ['\xfe\xff', 'is UTF-16', 'Write it as UTF-8.'],
  ['\x1f\x8b', 'is compressed with gzip', 'Unpack it.'],
  ['PK\x03\x04', 'is a zip archive, as a Terraform plan is', 'Give the state, not the plan.'],
  [/^\s*<(?:!doctype|html|\?xml)/i, 'is HTML or XML, not a state', 'It may be a login page or an error page.'],
]

/**
 * Recognises by its first bytes a file that is no state, and names what it is.
 * @throws VainoError `bad_input`
 */
export function refuseStrangers(start: Uint8Array): void {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 256)).toString('latin1')
  for (const [beginning, what, hint] of strangers) {
    const isIt = typeof beginning === 'string' ? text.startsWith(beginning) : beginning.test(text)
    if (isIt) throw new VainoError('bad_input', what, { hint })
  }
  if (text.includes('\0')) {
    throw new VainoError('bad_input', 'is binary, not a state', {
      hint: 'A state is JSON; `terraform state pull` prints it.',
    })
  }
}

/** The chunks of a state, after a look at the first one. Whoever leaves early ends the reading too. */
export async function* withoutStrangers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let isFirst = true
  for await (const chunk of chunks) {
    if (isFirst) refuseStrangers(chunk)
    isFirst = false
    yield chunk
  }
}
