import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { ChangesPage } from '../pages/changes.tsx'
import { ComparePage } from '../pages/compare.tsx'
import { DeadLettersPage } from '../pages/dead-letters.tsx'
import { DriftPage } from '../pages/drift.tsx'
import { OverviewPage } from '../pages/overview.tsx'
import { ResourcePage } from '../pages/resource.tsx'
import { ResourcesPage } from '../pages/resources.tsx'
import { ScopesPage } from '../pages/scopes.tsx'
import { SettingsPage } from '../pages/settings.tsx'
import { SuppressedPage } from '../pages/suppressed.tsx'
import { Empty } from '../parts/panel.tsx'
import { Frame, type PageName } from './frame.tsx'
import { KeysDialog, useKeys } from './keys.tsx'
import { Palette } from './palette.tsx'
import { linkTo, place, startRouter } from './router.ts'

interface Page extends PageName {
  readonly view: ComponentType
}

const pages: readonly Page[] = [
  { page: '', title: 'Overview', icon: 'overview', key: 'o', view: OverviewPage },
  { page: 'drift', title: 'Drift', icon: 'drift', key: 'd', view: DriftPage },
  { page: 'changes', title: 'Changes', icon: 'changes', key: 'c', view: ChangesPage },
  { page: 'resources', title: 'Resources', icon: 'resources', key: 'r', view: ResourcesPage },
  { page: 'scopes', title: 'Scopes', icon: 'scopes', key: 's', view: ScopesPage },
  { page: 'compare', title: 'Compare', icon: 'compare', key: 'm', view: ComparePage },
  { page: 'suppressed', title: 'Suppressed', icon: 'suppressed', key: 'u', view: SuppressedPage },
  { page: 'deadletters', title: 'Dead letters', icon: 'letters', key: 'l', view: DeadLettersPage },
  { page: 'settings', title: 'Settings', icon: 'settings', key: 'e', view: SettingsPage },
]
const resource: Page = { page: 'resource', title: 'Resource', icon: 'resources', key: '', view: ResourcePage }
const known = [...pages, resource]

startRouter(new Set(known.map(({ page }) => page)))

const NoPage = () => (
  <Empty title="There is no such page.">
    <a href={linkTo('')}>To the overview</a>
  </Empty>
)

export function App() {
  const showsKeys = useSignal(false)
  const finds = useSignal(false)
  const find = () => {
    finds.value = true
  }
  const showKeys = () => {
    showsKeys.value = true
  }
  useKeys(pages, showKeys, find)
  const { page } = place.value
  const found = known.find((one) => one.page === page)
  const View = found?.view ?? NoPage
  useEffect(() => {
    document.title = `${found?.title ?? 'No such page'} · vaino`
  }, [page])
  return (
    <>
      <Frame pages={pages} onKeys={showKeys} onFind={find}>
        <View key={page} />
      </Frame>
      <Palette
        pages={pages}
        isOpen={finds.value}
        close={() => {
          finds.value = false
        }}
      />
      <KeysDialog
        pages={pages}
        isOpen={showsKeys.value}
        onClose={() => {
          showsKeys.value = false
        }}
      />
    </>
  )
}
