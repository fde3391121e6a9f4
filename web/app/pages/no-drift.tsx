import type { Coverage, DriftPage } from '../client/types.ts'
import { Icon } from '../parts/icon.tsx'
import { Empty } from '../parts/panel.tsx'
import { grouped } from '../parts/value.ts'
import { place } from '../shell/router.ts'

/** Whether anything was compared: without it, no drift says nothing. */
export const isCompared = ({ managed, unknown, unmanaged }: Coverage): boolean => managed > unknown || unmanaged > 0

/** What to do so that there is something to compare with. */
function NothingCompared({ coverage: { managed, unknown, not_covered, not_applied } }: { coverage: Coverage }) {
  if (managed === 0 && not_applied > 0)
    return (
      <Empty title="Nothing to compare with yet.">
        To {grouped(not_applied)} objects of Kubernetes nothing was applied that is known: nobody says what they should
        be.
      </Empty>
    )
  if (managed === 0)
    return (
      <Empty title="Nothing to compare with yet.">
        Drift is what Terraform wants against what is really there, and no state is watched:{' '}
        <code>vaino up --source terraform:./infra --live</code>
      </Empty>
    )
  if (not_covered === managed)
    return (
      <Empty title="Nothing to compare with yet.">
        {grouped(managed)} are managed, and what is really there is not read. With <code>live: true</code> at the
        Terraform source, vaino asks Terraform’s own providers.
      </Empty>
    )
  return (
    <Empty title="Nothing could be compared.">
      {grouped(unknown)} of {grouped(managed)} managed are not known. <code>vaino doctor</code> says what is in the way.
    </Empty>
  )
}

/** What to say where the list of drift is empty: only what was compared, and all of it, is as wanted. */
export function NoDrift({ found: { coverage, up_to_date } }: { found: Pick<DriftPage, 'coverage' | 'up_to_date'> }) {
  if (place.value.query.has('at'))
    return <Empty title="No drift was open then.">As far as it was known at that moment.</Empty>
  if (!up_to_date)
    return <Empty title="Not compared yet.">The view of drift is being made; it shows here by itself.</Empty>
  if (coverage === null)
    return (
      <Empty title="No drift is open in what you may see.">
        How much of it was compared is not counted for a token that sees some scopes only.
      </Empty>
    )
  if (!isCompared(coverage)) return <NothingCompared coverage={coverage} />
  if (coverage.unknown > 0)
    return (
      <Empty title="What was compared is as wanted.">
        {grouped(coverage.unknown)} of {grouped(coverage.managed)} managed are not known.
      </Empty>
    )
  return (
    <div class="state all-good">
      <Icon name="good" />
      <p>
        <strong>Everything is as wanted.</strong>
      </p>
    </div>
  )
}
