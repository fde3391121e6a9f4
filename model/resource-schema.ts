import { z } from 'zod'

/** Text that is stored and compared as UTF-8, in which all halves of surrogate pairs would become the same character. */
export const storedText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => text.isWellFormed(), 'holds half of a surrogate pair')

const nullableText = z.string().nullable().optional()
const object = z.record(z.string(), z.unknown())

/** VAINO's own resource JSON. Fields that it doesn't name are kept as they come, and are not compared. */
export const resourceSchema = z.looseObject({
  id: storedText(4096).min(1).meta({ description: 'Unique in its scope.' }),
  type: z.string().min(1).max(512).meta({ example: 'aws_instance' }),
  provider: z.string().min(1).max(256).meta({ example: 'aws' }),
  name: nullableText,
  account: nullableText,
  region: nullableText,
  namespace: nullableText,
  uid: storedText(4096).nullable().optional().meta({
    description: 'Changes when a thing is deleted and re-created under the same key.',
  }),
  configuration: object.nullable().optional(),
  metadata: object.nullable().optional().meta({ description: 'Kept, never compared.' }),
  tags: object.nullable().optional(),
})
