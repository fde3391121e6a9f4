import { readdir } from 'node:fs/promises'
import { posix } from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { backendSource } from './places/backend.ts'
import type { Where } from './where.ts'

const maxNamed = 5

/** What to say when a source has nothing at all to read, and what there would be beside it. */
export async function nothingFound(where: Where, unreadable: readonly string[]): Promise<VainoError> {
  const path = where.kind === 'path' ? where.path : where.name
  if (unreadable.length > 0) {
    return new VainoError('source_failed', `no Terraform state is found in ${where.name}: ${unreadable.join('; ')}`, {
      hint: 'Let the user that runs vaino read the folder.',
    })
  }
  const inside = await namesIn(path)
  if (inside !== null) {
    const backend = await backendSource(path)
    if (backend !== null) {
      return new VainoError(
        'source_failed',
        `no Terraform state is found in ${where.name}: its backend is ${backend.type}`,
        {
          hint:
            backend.source === ''
              ? 'No source reads that backend: `terraform state pull > FILE` writes its state, and FILE is one.'
              : `Its state is read by --source ${backend.source}`,
        },
      )
    }
    return new VainoError('source_failed', `no Terraform state is found in ${where.name}`, {
      hint: 'A state is a file that ends in .tfstate; `terraform state pull > FILE` writes one from any backend.',
    })
  }
  const beside = await namesIn(posix.dirname(path))
  const named = (beside ?? []).filter((name) => !name.startsWith('.')).slice(0, maxNamed)
  return new VainoError('source_failed', `no file, folder or glob ${where.name} leads to a Terraform state`, {
    hint: named.length === 0 ? `Looked at ${path}.` : `Looked at ${path}; beside it there are: ${named.join(', ')}.`,
  })
}

async function namesIn(folder: string): Promise<string[] | null> {
  try {
    return (await readdir(folder)).sort()
  } catch {
    // That it can't be listed is the answer: it isn't a folder that could be looked into.
    return null
  }
}
