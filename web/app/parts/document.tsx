/** Characters of a document that are drawn; the whole is a link away. */
const maxDrawn = 60_000

/** A member's name, a text, a number or a word of JSON. */
const token = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g

function coloured(line: string): (string | preact.JSX.Element)[] {
  const parts: (string | preact.JSX.Element)[] = []
  let end = 0
  for (const match of line.matchAll(token)) {
    const [text, quoted, colon] = match
    parts.push(line.slice(end, match.index))
    const kind = quoted === undefined ? 'word' : colon === undefined ? 'text' : 'member'
    parts.push(
      <span key={match.index} class={`json-${kind}`}>
        {quoted ?? text}
      </span>,
      colon ?? '',
    )
    end = match.index + text.length
  }
  return [...parts, line.slice(end)]
}

/** A document as JSON, its members' names apart from their values. */
export function Document({ value, href }: { value: unknown; href: string }) {
  const text = JSON.stringify(value, null, 2) ?? ''
  return (
    <div class="document">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <pre tabIndex={0}>
        <code>{coloured(text.slice(0, maxDrawn))}</code>
      </pre>
      {text.length > maxDrawn ? (
        <p class="soft">
          The first {maxDrawn.toLocaleString('en')} of {text.length.toLocaleString('en')} characters;{' '}
          <a href={href}>all of it</a>
        </p>
      ) : null}
    </div>
  )
}
