import path from 'node:path'
import { messageOf, VainoError } from '../../model/errors.ts'
import { readRegularFile } from './regular-file.ts'

const maxBytes = 64 * 1024

/**
 * The secret in a file that a variable names, as Docker and Kubernetes mount one: without the white space at its ends.
 * @param variable such as `VAINO_TOKENS__READ_FILE`, for messages
 * @throws VainoError `bad_config` where it can't be read or is empty; the message has nothing of its content
 */
export function readSecretFile(variable: string, file: string, folder: string): string {
  let text: string
  try {
    text = readRegularFile(path.resolve(folder, file), 'a secret', maxBytes).trim()
  } catch (error) {
    throw new VainoError('bad_config', `${variable}: ${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  if (text === '') throw new VainoError('bad_config', `${variable}: ${file} is empty`)
  return text
}
