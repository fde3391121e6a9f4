import type { Change } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { OpBadge } from '../parts/badge.tsx'
import { Who } from '../parts/change-line.tsx'
import { Ago } from '../parts/time.tsx'
import { counted } from '../parts/value.ts'
import { linkWith } from '../shell/router.ts'
import type { Row } from '../stream/messages.ts'

/** The versions of a resource, newest first; one is chosen, and one may stand against it. */
export function Timeline({
  changes,
  chosen,
  against,
}: {
  changes: readonly Change[]
  chosen: number
  against: number | null
}) {
  return (
    <ol class="timeline">
      {changes.map(({ id, version, op, actor, recorded_at, fields, reason, rule }) => (
        <li key={id} aria-current={version === chosen ? 'true' : undefined}>
          <a class="version" data-row href={linkWith({ version: String(version), against: null })}>
            <b>v{version}</b>
            <OpBadge op={op as Row['op']} />
            <span class="soft">{op === 'u' ? counted(fields.length, 'field') : (reason ?? '')}</span>
            {rule === undefined ? null : <span class="soft">ignored</span>}
            <Ago time={recorded_at} />
          </a>
          <span class="version-foot">
            <Who actor={actorText(actor)} />
            {version === chosen ? null : version === against ? (
              <a href={linkWith({ against: null })}>no longer compared</a>
            ) : (
              <a href={linkWith({ against: String(version) })}>
                compare
                <span class="hidden-text">
                  {' '}
                  version {version} with version {chosen}
                </span>
              </a>
            )}
          </span>
        </li>
      ))}
    </ol>
  )
}
