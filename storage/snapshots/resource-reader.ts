import type { DocumentKind } from './document-kind.ts'
import type { ResourceReader, ResourceVisitor } from './resource-visitor.ts'
import { DocumentReader } from './snapshot-document.ts'
import { LineReader } from './snapshot-lines.ts'

/** @param visitor null: the resources are only counted */
export const createReader = (
  kind: Exclude<DocumentKind, 'terraform'>,
  name: string,
  visitor: ResourceVisitor | null,
): ResourceReader => (kind === 'lines' ? new LineReader(name, visitor) : new DocumentReader(name, visitor))
