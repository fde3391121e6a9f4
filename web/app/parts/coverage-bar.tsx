import type { Coverage } from '../client/types.ts'
import { linkTo } from '../shell/router.ts'
import { grouped } from './value.ts'

const parts = [
  ['in_sync', 'as wanted', 'good'],
  ['changed', 'changed', 'warn'],
  ['missing', 'missing', 'bad'],
  ['unknown', 'not known', 'calm'],
] as const

/** How much of what is managed is as wanted, differs, or isn't known. Widths are SVG attributes: the page has no inline style. */
export function CoverageBar({ coverage }: { coverage: Coverage }) {
  const { managed, percent, unmanaged, suppressed, not_covered, not_applied } = coverage
  let x = 0
  return (
    <figure class="coverage" id="drift-coverage">
      <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(([name, , tone]) => {
          const width = managed === 0 ? 0 : (coverage[name] / managed) * 1000
          x += width
          return width === 0 ? null : (
            <rect key={name} class={`fill-${tone}`} x={x - width} y="0" width={Math.max(width, 4)} height="10" />
          )
        })}
      </svg>
      <figcaption>
        {percent === null ? null : (
          <span>
            <b>{percent} %</b> known of <b>{grouped(managed)}</b> managed
          </span>
        )}
        {parts.map(([name, word, tone]) => (
          <a key={name} class={`legend tone-${tone}`} href={linkTo('drift', { status: name })}>
            <b>{grouped(coverage[name])}</b> {word}
          </a>
        ))}
        {unmanaged === 0 ? null : (
          <a class="legend tone-odd" href={linkTo('drift', { status: 'unmanaged' })}>
            <b>{grouped(unmanaged)}</b> unmanaged
          </a>
        )}
        {suppressed === 0 ? null : (
          <a class="legend" href={linkTo('drift', { include_suppressed: 'true' })}>
            <b>{grouped(suppressed)}</b> suppressed
          </a>
        )}
        {not_covered === 0 ? null : (
          <span class="soft">
            <b>{grouped(not_covered)}</b> have nothing to compare with: not read live
          </span>
        )}
        {not_applied === 0 ? null : (
          <span class="soft">
            <b>{grouped(not_applied)}</b> not managed: nothing was applied to them
          </span>
        )}
      </figcaption>
    </figure>
  )
}
