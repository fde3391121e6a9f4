/** Members of an actor that name it, the most telling first: who used a role says more than the role. */
const naming = ['session', 'name', 'userName', 'email', 'arn', 'id'] as const

/** `arn:aws:iam::1:user/ann` is ann. */
const short = (who: string): string => (who.startsWith('arn:') ? (who.split('/').at(-1) ?? who) : who)

/** Who, in a few characters. Null where nobody is known. */
export function actorText(actor: unknown): string | null {
  if (actor === null || actor === undefined) return null
  if (typeof actor !== 'object') return short(String(actor))
  const members = actor as Readonly<Record<string, unknown>>
  const found = naming.map((name) => members[name]).find((text) => typeof text === 'string' && text !== '')
  return typeof found === 'string' ? short(found) : JSON.stringify(actor)
}
