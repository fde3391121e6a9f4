import { act } from '../client/session.ts'
import type { Released, Scope } from '../client/types.ts'
import { Confirmed } from '../parts/confirm.tsx'
import { counted, grouped } from '../parts/value.ts'

const pathOf = (scope: string): string => `v1/scopes/${encodeURIComponent(scope)}`

/** Keys that are shown at once. */
const firstKeys = 8

const Keys = ({ scope, keys, of }: { scope: string; keys: readonly string[]; of: number }) => (
  <ul class="keys-list">
    {keys.map((key) => (
      <li key={key}>
        <code>{key.slice(scope.length + 1)}</code>
      </li>
    ))}
    {of > keys.length ? <li class="soft">and {grouped(of - keys.length)} more</li> : null}
  </ul>
)

/** Deletes that wait for a word: what would go, and the two words. */
export function HeldDeletes({
  scope: { scope },
  held,
  done,
}: {
  scope: Scope
  held: NonNullable<Scope['held']>
  done: () => void
}) {
  const { deletes, of, keys } = held
  const what = counted(deletes, 'resource')
  const release = async (apply: boolean) => {
    const { deletes: gone } = await act<Released>('POST', `${pathOf(scope)}/release`, { apply })
    done()
    return apply ? `${counted(gone, 'resource')} deleted.` : `${what} kept.`
  }
  return (
    <div class="held">
      <p>
        <strong>
          {grouped(deletes)} of {counted(of, 'resource')}
        </strong>{' '}
        would be deleted: the last complete scan did not find them.
      </p>
      <Keys scope={scope} keys={keys.slice(0, firstKeys)} of={deletes} />
      <p class="acts">
        <Confirmed label="Release" tone="danger" title={`Delete ${what}?`} act={() => release(true)}>
          <p>
            In <code>{scope}</code>. Vaino records them as deleted; nothing at the provider is touched.
          </p>
          <Keys scope={scope} keys={keys.slice(0, firstKeys)} of={deletes} />
        </Confirmed>
        <Confirmed label="Keep" title={`Keep ${what}?`} act={() => release(false)}>
          <p>
            In <code>{scope}</code>. They stay as they are until a complete scan misses them again.
          </p>
        </Confirmed>
      </p>
    </div>
  )
}

/** Forgets a scope that nobody watches any more. */
export const ForgetScope = ({ scope: { scope, resources }, done }: { scope: Scope; done: () => void }) => (
  <p class="acts">
    <Confirmed
      label="Forget"
      tone="danger"
      title={`Forget this scope and its ${counted(resources, 'resource')}?`}
      act={async () => {
        const { deletes } = await act<Released>('DELETE', pathOf(scope))
        done()
        return `Forgotten; ${counted(deletes, 'resource')} deleted.`
      }}
    >
      <p>
        <code>{scope}</code> leaves the list, and its resources are recorded as deleted. History stays. A later scan
        begins it anew.
      </p>
    </Confirmed>
  </p>
)
