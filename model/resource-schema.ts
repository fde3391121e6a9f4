import { z } from 'zod'

const nullableText = z.string().nullable().optional()
const object = z.record(z.string(), z.unknown())

/** VAINO's own resource JSON. Fields that it doesn't name are kept as they come, and are not compared. */
export const resourceSchema = z.looseObject({
  id: z.string().min(1).max(4096).meta({ description: 'Unique in its scope.' }),
  type: z.string().min(1).max(512).meta({ example: 'aws_instance' }),
  provider: z.string().min(1).max(256).meta({ example: 'aws' }),
  name: nullableText,
  account: nullableText,
  region: nullableText,
  namespace: nullableText,
  uid: nullableText.meta({ description: 'Changes when a thing is deleted and re-created under the same key.' }),
  configuration: object.nullable().optional(),
  metadata: object.nullable().optional().meta({ description: 'Kept, never compared.' }),
  tags: object.nullable().optional(),
})
