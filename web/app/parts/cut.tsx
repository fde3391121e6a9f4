/** Characters at the end that are never cut off: a file's name and its folder stand there. */
const maxKeptEnd = 34
const keptEnd = 18

/** The end of a text that tells it from others: its last two parts, where they are short. */
function endOf(text: string): string {
  const [, parts = ''] = /((?:[^/]*\/)?[^/]*)$/.exec(text) ?? []
  return parts.length >= keptEnd && parts.length <= maxKeptEnd ? parts : text.slice(-keptEnd)
}

/** A text on one line; where it is too long its middle gives way. */
export function Cut({ text }: { text: string }) {
  const end = endOf(text)
  if (end.length === text.length) return <>{text}</>
  return (
    <span class="cut" title={text}>
      <span>{text.slice(0, text.length - end.length)}</span>
      <span>{end}</span>
    </span>
  )
}
