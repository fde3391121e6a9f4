import { type Field, type FieldNode, fieldTree, sharedEnds, withoutElement } from './field-tree.ts'

/** Values longer than this are folded. */
const foldedFrom = 600
/** A text that is cut nowhere could freeze the page; the whole is in the document. */
const maxShown = 20_000

const textOf = (value: unknown): string =>
  (typeof value === 'string'
    ? JSON.stringify(value).replaceAll('\\n', '\n')
    : (JSON.stringify(value, null, 2) ?? 'null')
  ).slice(0, maxShown)

/** The part that differs stands out, where most of the text is the same. */
function Marked({ text, start, end }: { text: string; start: number; end: number }) {
  const middle = text.slice(start, text.length - end)
  // One character alone would hardly be seen.
  if (start + end < 4 || middle.length < 2) return <>{text}</>
  return (
    <>
      {text.slice(0, start)}
      <mark>{middle}</mark>
      {text.slice(text.length - end)}
    </>
  )
}

const none = { start: 0, end: 0 }

function Value({ kind, text, ends }: { kind: 'del' | 'ins'; text: string; ends: { start: number; end: number } }) {
  const Kind = kind
  const word = kind === 'del' ? 'before' : 'after'
  const content = (
    <Kind class="value">
      <span class="hidden-text">{word} </span>
      <span class="value-text">
        <Marked text={text} {...ends} />
      </span>
    </Kind>
  )
  if (text.length <= foldedFrom) return content
  return (
    <details>
      <summary>
        {kind === 'del' ? '−' : '+'} {text.length.toLocaleString('en')} characters {word}
      </summary>
      {content}
    </details>
  )
}

/** Longer labels stand above their values. */
const longLabel = 26

function Leaf({ label, field: { path, op, before, after } }: { label: string; field: Field }) {
  const [from, to] = [textOf(before), textOf(after)]
  const ends = op === 'replace' ? sharedEnds(from, to) : none
  const shown = withoutElement(label)
  return (
    <div class={`leaf${shown.length > longLabel ? ' tall' : ''}`} data-path={path}>
      <span class="path">{shown}</span>
      <span class="values">
        {op === 'add' ? null : <Value kind="del" text={from} ends={ends} />}
        {op === 'remove' ? null : <Value kind="ins" text={to} ends={ends} />}
      </span>
    </div>
  )
}

const Node = ({ node }: { node: FieldNode }) =>
  node.field !== null ? (
    <li>
      <Leaf label={node.label} field={node.field} />
    </li>
  ) : (
    <li>
      <span class="path branch">{node.label}</span>
      <Nodes of={node.children} />
    </li>
  )

const Nodes = ({ of }: { of: readonly FieldNode[] }) => (
  <ul class="fields">
    {of.map((node, at) => (
      <Node key={`${at}${node.label}`} node={node} />
    ))}
  </ul>
)

/** Fields that are drawn at once; the rest opens on demand. */
const firstFields = 40

/** What differs, nested by its paths, each with what was and what is. @param omitted fields that the server has left out */
export function FieldDiff({ fields, omitted = 0 }: { fields: readonly Field[]; omitted?: number }) {
  const rest = fields.slice(firstFields)
  return (
    <div class="field-diff">
      <Nodes of={fieldTree(fields.slice(0, firstFields))} />
      {rest.length === 0 ? null : (
        <details>
          <summary>{rest.length} more fields</summary>
          <Nodes of={fieldTree(rest)} />
        </details>
      )}
      {omitted === 0 ? null : <p class="soft">{omitted} more fields are in the document.</p>}
    </div>
  )
}
