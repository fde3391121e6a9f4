import { place } from '../shell/router.ts'
import { Icon } from './icon.tsx'

/** Where the past is looked at: that this shows now all the same. @param what begins the sentence */
export const NowNote = ({ what }: { what: string }) =>
  place.value.query.get('at') === null ? null : (
    <p class="late-note now-note">
      <Icon name="warning" /> {what} now, not at that moment.
    </p>
  )
