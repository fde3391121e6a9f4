import type { VainoError } from '../../../model/errors.ts'
import { readAnswer, type UrlLimits } from '../read-url.ts'

/** A page of a list, a token, an error document: bytes of one that is read. */
const maxAnswerBytes = 8 * 1024 * 1024

/** Reads an answer that is small, whole. @throws VainoError `source_failed` as {@link readAnswer} does */
export async function textOf(
  ask: (signal: AbortSignal) => Promise<Response>,
  refused: (response: Response) => VainoError | Promise<VainoError>,
  limits: UrlLimits,
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of readAnswer(ask, refused, { ...limits, maxBytes: maxAnswerBytes }, signal)) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/** The document of a refusal says its code in the beginning. */
const maxRefusalBytes = 10_000

/** The first bytes of a body, as text; the rest is not read. */
export async function beginningOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = answer.body?.getReader()
  while (reader && bytes < maxRefusalBytes) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.length
  }
  await reader?.cancel()
  return Buffer.concat(parts).toString('utf8', 0, maxRefusalBytes)
}
