import { expect } from 'bun:test'
import { startTestServer } from '../api/test-server.ts'
import { fillEstate } from '../test/page/estate.ts'
import { measurePaint, shownOnDrift, shownOnPages } from '../test/page/paint.ts'
import { inBrowser } from './browser.case.ts'

const rounds = 4
/** Of the time that an empty page takes. Below 4 on a quiet machine. */
const budget = 6

inBrowser('data is on every page within a few times what an empty page takes', async () => {
  await using server = await startTestServer()
  await fillEstate(server)
  const painted = await measurePaint(`${server.url}/`, [...shownOnPages, shownOnDrift], rounds)
  expect([...painted].filter(([, { ms, emptyMs }]) => !(ms / emptyMs < budget))).toEqual([])
  expect(painted.size).toBe(5)
})
