import { useAnswer } from '../client/answer.ts'
import type { Facets, ResourcePage } from '../client/types.ts'
import { Shown } from '../parts/panel.tsx'
import { counted, scopeParts } from '../parts/value.ts'
import { linkTo } from '../shell/router.ts'
import { modulesOf, type StateModule, shortPaths } from './state-modules.ts'
import { type Drifted, TreeNode, withMoment } from './tree-node.tsx'

const maxStates = 500
/** Addresses of a state that its modules are made of: one page of the API. */
const maxAddresses = 1000
/** Addresses that are listed below a module; the table has all. */
const maxListed = 30

function ModuleNodes({ of, scope, drifted }: { of: StateModule; scope: string; drifted: Drifted }) {
  const more = of.addresses.length - maxListed
  return (
    <ul>
      {[...of.modules.values()].map((module) => (
        <TreeNode
          key={module.prefix}
          label={module.label}
          narrowing={{ scope, key_prefix: `${scope}/${module.prefix}` }}
          count={module.count}
          drifted={drifted}
        >
          {() => <ModuleNodes of={module} scope={scope} drifted={drifted} />}
        </TreeNode>
      ))}
      {of.addresses.slice(0, maxListed).map((address) => (
        <li key={address} class="node-leaf">
          <a href={linkTo('resource', { key: `${scope}/${address}` })} title={address}>
            <span class="node-label">{address.slice(of.prefix.length)}</span>
          </a>
        </li>
      ))}
      {more > 0 ? <li class="soft node-rest">{counted(more, 'other')} in the list</li> : null}
    </ul>
  )
}

function Modules({ scope, drifted }: { scope: string; drifted: Drifted }) {
  const asked = withMoment(new URLSearchParams({ scope, fields: 'header', limit: String(maxAddresses) }))
  const answer = useAnswer<ResourcePage>(`v1/resources?${asked}`)
  return (
    <Shown of={answer} what="the modules">
      {({ resources, page }) => (
        <>
          <ModuleNodes of={modulesOf(resources.map(({ resource }) => resource.id))} scope={scope} drifted={drifted} />
          {page === null ? null : (
            <p class="soft node-rest">of its first {counted(resources.length, 'address', 'addresses')}</p>
          )}
        </>
      )}
    </Shown>
  )
}

/** The states of Terraform that are watched. */
export function StateNodes({ drifted }: { drifted: Drifted }) {
  const narrowing = { key_prefix: 'terraform/' }
  const asked = withMoment(new URLSearchParams({ by: 'scope', limit: String(maxStates), ...narrowing }))
  const answer = useAnswer<Facets>(`v1/facets?${asked}`, { everyMs: 30_000 })
  const scopes = answer.data?.facets.scope ?? []
  const states = scopes.flatMap(([scope, count]) => (scope?.endsWith('/-/state') ? [{ scope, count }] : []))
  const names = shortPaths(states.map(({ scope }) => scopeParts(scope).account))
  const wanted = states.reduce((sum, { count }) => sum + count, 0)
  const more = (answer.data?.distinct.scope ?? 0) - scopes.length
  return (
    <TreeNode
      label="Terraform states"
      narrowing={narrowing}
      count={answer.data === null ? null : wanted}
      drifted={drifted}
      isRoot
    >
      {() => (
        <Shown of={answer} what="the states">
          {() => (
            <ul>
              {states.map(({ scope, count }) => {
                const path = scopeParts(scope).account
                return (
                  <TreeNode
                    key={scope}
                    label={names.get(path) ?? path}
                    narrowing={{ scope }}
                    count={count}
                    drifted={drifted}
                  >
                    {() => <Modules scope={scope} drifted={drifted} />}
                  </TreeNode>
                )
              })}
              {more > 0 ? <li class="soft node-rest">{counted(more, 'other scope')}: search finds them</li> : null}
            </ul>
          )}
        </Shown>
      )}
    </TreeNode>
  )
}
