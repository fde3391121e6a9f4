import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, VainoError } from '../../../model/errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Profile = Readonly<Record<string, string>>

/** The profiles of the AWS command line's two files, the shared credentials laid over the configuration. */
export interface Profiles {
  /** What the files say of a profile; null where they don't name it. */
  get(name: string): Profile | null
}

/** @throws VainoError `source_failed` for a file that is there and can't be read */
export async function readProfiles(env: Environment, home: string): Promise<Profiles> {
  const config = await readSections(env.AWS_CONFIG_FILE ?? join(home, '.aws/config'))
  const credentials = await readSections(env.AWS_SHARED_CREDENTIALS_FILE ?? join(home, '.aws/credentials'))
  return {
    get(name) {
      const inConfig = config.get(name === 'default' ? 'default' : `profile ${name}`) ?? config.get(`profile ${name}`)
      const inCredentials = credentials.get(name)
      return inConfig === undefined && inCredentials === undefined ? null : { ...inConfig, ...inCredentials }
    },
  }
}

async function readSections(path: string): Promise<Map<string, Profile>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw new VainoError('source_failed', `cannot be signed for: ${path} cannot be read (${messageOf(error)})`, {
      hint: 'Let the user that runs vaino read it.',
    })
  }
  const sections = new Map<string, Record<string, string>>()
  let current: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1]
    if (section !== undefined) {
      const name = section.replace(/\s+/g, ' ')
      current = sections.get(name) ?? {}
      sections.set(name, current)
      continue
    }
    // An indented line belongs to a nested block (`s3 =`), which says nothing of credentials.
    const [, name, value] = /^([A-Za-z0-9_-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) current[name.toLowerCase()] = value
  }
  return sections
}
