import { z } from 'zod'

/** A text that nobody may see: `env:NAME`, `file:PATH`, or as it is. */
export const secret = (description: string) => z.string().min(1).max(10_000).meta({ description, 'x-secret': true })

/** An address that is a secret itself, as a chat's is; checked once its reference is replaced. */
export const httpAddress = (description: string) => secret(`${description} \`https://…\``)
