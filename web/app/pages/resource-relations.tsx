import { useAnswer } from '../client/answer.ts'
import type { Item, ResourcePage } from '../client/types.ts'
import { Empty, Panel, Shown } from '../parts/panel.tsx'
import { nameOf } from '../parts/value.ts'
import { linkTo, place } from '../shell/router.ts'
import { type Reference, referencesOf } from './references.ts'

/** Candidates of one reference: a search finds what only begins so, too. */
const maxCandidates = 20

/** One resource that is named, as a link where it is watched. */
function Related({ reference: { path, value, filters, isMeant } }: { reference: Reference }) {
  const asked = new URLSearchParams({ ...filters, fields: 'header', limit: String(maxCandidates) })
  const at = place.value.query.get('at')
  if (at !== null) asked.set('at', at)
  const answer = useAnswer<ResourcePage>(`v1/resources?${asked}`)
  return (
    <li>
      <span class="path">{path}</span>
      <Shown of={answer} what={value}>
        {({ resources }) => {
          const found = resources.filter(({ scope, resource }) => !scope.startsWith('terraform/') && isMeant(resource))
          return found.length === 0 ? (
            <span class="soft">{value}, which is not watched</span>
          ) : (
            found.slice(0, 3).map(({ key, scope, resource }) => (
              <a key={key} href={linkTo('resource', { key })} title={key}>
                {nameOf(scope, resource)} <span class="soft">{resource.type}</span>
              </a>
            ))
          )
        }}
      </Shown>
    </li>
  )
}

/** What a resource belongs to, and what it is attached to. */
export function Relations({ item }: { item: Item }) {
  const references = referencesOf(item.resource)
  return (
    <Panel id="relations" title="Related">
      {references.length === 0 ? (
        <Empty title="It names no other resource." />
      ) : (
        <ul class="relations">
          {references.map((reference) => (
            <Related key={reference.value} reference={reference} />
          ))}
        </ul>
      )}
    </Panel>
  )
}
