/** What a source is called in messages: `KIND:WHERE`, or the kind alone where nothing stands behind it. */
export const sourceName = (kind: string, where: string): string => (where === '' ? kind : `${kind}:${where}`)
