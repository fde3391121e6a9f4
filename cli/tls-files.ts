import { createPrivateKey, X509Certificate } from 'node:crypto'
import path from 'node:path'
import { messageOf, VainoError } from '../model/errors.ts'
import { readRegularFile } from '../pipeline/config/regular-file.ts'
import type { TlsTexts } from '../runtime/runtime.ts'

const maxBytes = 256 * 1024
/** How often the files are looked at; a certificate is renewed days before it ends. */
const lookMs = 10_000

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** @throws VainoError `bad_config` for files that can't be read, hold no PEM, or don't belong together; the message has nothing of the key */
export function readTls({ cert, key }: TlsFiles, folder: string): TlsTexts {
  const texts = { cert: read('tls.cert', cert, folder), key: read('tls.key', key, folder) }
  const problem = problemOf(texts)
  if (problem === null) return texts
  throw new VainoError('bad_config', `tls: ${cert} and ${key}: ${problem}`, {
    hint: 'Both are PEM: the certificate with those that signed it, and its private key without a password.',
  })
}

function read(key: string, file: string, folder: string): string {
  try {
    return readRegularFile(path.resolve(folder, file), 'a PEM file', maxBytes)
  } catch (error) {
    throw new VainoError('bad_config', `${key}: ${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

function problemOf({ cert, key }: TlsTexts): string | null {
  try {
    const certificate = new X509Certificate(cert)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return 'the key is not that of the certificate'
    return Date.parse(certificate.validTo) > Date.now() ? null : `the certificate has ended at ${certificate.validTo}`
  } catch (error) {
    return messageOf(error)
  }
}

export interface TlsWatcher {
  /** The first of them. */
  readonly holds: TlsTexts
  renewed(tls: TlsTexts): void
  /** What the files hold now can't be used, and the certificate as it was goes on. Called once for each text. */
  refused(error: unknown): void
}

/** Looks at the files every ten seconds: a renewed certificate comes by rename, by a link or by writing, of one file and then the other. */
export function watchTls(files: TlsFiles, folder: string, watcher: TlsWatcher, everyMs = lookMs): Disposable {
  let { holds } = watcher
  let refusal = ''
  const timer = setInterval(() => {
    try {
      const found = readTls(files, folder)
      refusal = ''
      if (found.cert === holds.cert && found.key === holds.key) return
      holds = found
      watcher.renewed(found)
    } catch (error) {
      if (messageOf(error) === refusal) return
      refusal = messageOf(error)
      watcher.refused(error)
    }
  }, everyMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
