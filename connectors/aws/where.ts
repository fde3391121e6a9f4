import { VainoError } from '../../model/errors.ts'

/** Whose credentials are used: those of AWS's default chain, a profile's, or a role's that is assumed with the default ones. */
export type Where =
  | { readonly kind: 'default' }
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'role'; readonly arn: string }

/** @throws VainoError `bad_config` */
export function parseWhere(where: string): Where {
  if (where === '') return { kind: 'default' }
  if (where.startsWith('arn:')) {
    if (/^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(where)) return { kind: 'role', arn: where }
    throw new VainoError('bad_config', 'it is not the ARN of a role', {
      hint: 'A role is arn:aws:iam::ACCOUNT:role/NAME, its account 12 digits.',
    })
  }
  if (/^\d{12}$/.test(where)) {
    throw new VainoError('bad_config', 'an account alone says nothing of how it is reached', {
      hint: 'Name a profile, or the role that is assumed: aws:arn:aws:iam::ACCOUNT:role/NAME.',
    })
  }
  if (/^[\p{Cc}[\]]|[\p{Cc}[\]]/u.test(where)) throw new VainoError('bad_config', 'it is not the name of a profile')
  return { kind: 'profile', profile: where }
}
