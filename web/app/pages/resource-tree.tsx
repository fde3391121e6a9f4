import { useAnswer } from '../client/answer.ts'
import type { Facets } from '../client/types.ts'
import { Shown } from '../parts/panel.tsx'
import { counted } from '../parts/value.ts'
import type { Narrowing } from './narrowing.ts'
import { StateNodes } from './state-tree.tsx'
import { type Drifted, TreeNode, withMoment } from './tree-node.tsx'

/** Nodes below one node; the filters and the search find the others. */
const maxNodes = 100
const everyMs = 30_000

const levels = ['account', 'location', 'type'] as const
type Level = (typeof levels)[number]
const nextOf = (level: Level): Level | undefined => levels[levels.indexOf(level) + 1]
const noneOf = { account: 'no account', location: 'no region or namespace', type: '' } as const

/** What a node holds by its next property; a level that tells nothing apart is passed over. */
function Branches({ narrowing, level, drifted }: { narrowing: Narrowing; level: Level; drifted: Drifted }) {
  const asked = withMoment(new URLSearchParams({ by: level, limit: String(maxNodes), ...narrowing }))
  const answer = useAnswer<Facets>(`v1/facets?${asked}`, { everyMs })
  const next = nextOf(level)
  return (
    <Shown of={answer} what={`the ${level}s`}>
      {({ facets, distinct }) => {
        const values = facets[level] ?? []
        if (next !== undefined && values.length === 1 && values[0]?.[0] === null)
          return <Branches narrowing={narrowing} level={next} drifted={drifted} />
        const more = (distinct[level] ?? 0) - values.length
        return (
          <ul>
            {values.map(([value, count]) => {
              const inside = { ...narrowing, [level]: value ?? '-' }
              return (
                <TreeNode
                  key={value}
                  label={value ?? noneOf[level]}
                  narrowing={inside}
                  count={count}
                  drifted={drifted}
                  children={
                    next === undefined ? null : () => <Branches narrowing={inside} level={next} drifted={drifted} />
                  }
                />
              )
            })}
            {more > 0 ? <li class="soft node-rest">{counted(more, 'other')}: search finds them</li> : null}
          </ul>
        )
      }}
    </Shown>
  )
}

/** The systems that are watched, by the first part of the scopes. */
const systemsOf = ({ facets: { provider = [], scope = [] } }: Facets): readonly string[] =>
  [...new Set([...scope.map(([text]) => text?.split('/')[0] ?? ''), ...provider.map(([text]) => text ?? '')])]
    .filter((text) => text !== '' && text !== 'terraform')
    .toSorted()

function System({ name, drifted }: { name: string; drifted: Drifted }) {
  const narrowing = { key_prefix: `${name}/` }
  const answer = useAnswer<Facets>(`v1/facets?${withMoment(new URLSearchParams({ by: 'provider', ...narrowing }))}`, {
    everyMs,
  })
  // A provider whose things stand in states alone has no node of its own.
  if (answer.data?.total === 0) return null
  return (
    <TreeNode label={name} narrowing={narrowing} count={answer.data?.total ?? null} drifted={drifted} isRoot>
      {() => <Branches narrowing={narrowing} level="account" drifted={drifted} />}
    </TreeNode>
  )
}

/** All that there is: provider › account › location › type; states › modules › addresses. */
export function ResourceTree({ drifted }: { drifted: Drifted }) {
  const asked = withMoment(new URLSearchParams({ by: 'provider,scope', limit: '1000' }))
  const answer = useAnswer<Facets>(`v1/facets?${asked}`, { everyMs })
  return (
    <Shown of={answer} what="the tree">
      {(found) => (
        <ul class="tree">
          {systemsOf(found).map((name) => (
            <System key={name} name={name} drifted={drifted} />
          ))}
          {found.facets.scope?.some(([scope]) => scope?.startsWith('terraform/')) ? (
            <StateNodes drifted={drifted} />
          ) : null}
        </ul>
      )}
    </Shown>
  )
}
