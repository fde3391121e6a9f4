// Says what happens while it happens, and sums it up.

const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`

/** @param {(line: string) => void} say */
export function createReport(say) {
  const lanes = new Map()
  const failures = []
  const skippedTests = []

  const fail = (what) => failures.push(what)
  const sum = (field) => [...lanes.values()].reduce((total, lane) => total + lane[field], 0)

  return {
    /** One job is done. */
    add(job, result) {
      const lane = lanes.get(job.lane) ?? { passed: 0, failed: 0, skipped: 0, seconds: 0 }
      lane.passed += result.passed
      lane.failed += result.failed
      lane.skipped += result.skipped.length
      lane.seconds += result.seconds
      lanes.set(job.lane, lane)
      for (const title of result.skipped) skippedTests.push(`${job.name}: ${title}`)
      const skips = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : ''
      const fails = result.failed > 0 ? `, ${result.failed} failed` : ''
      const verdict = result.failed > 0 ? 'FAIL' : 'ok  '
      say(
        `${verdict} ${job.lane.padEnd(9)} ${job.name}  ${result.passed} passed${fails}${skips}, ${result.seconds.toFixed(1)} s`,
      )
      if (result.failed === 0) return
      fail(`${job.name} ${result.problem ?? `has ${plural(result.failed, 'failed test')}`}`)
      say(result.output.trimEnd().replace(/^/gm, '     | '))
    },
    /** Something failed that is no test. */
    addFailure(what) {
      lanes.set('other', { passed: 0, failed: (lanes.get('other')?.failed ?? 0) + 1, skipped: 0, seconds: 0 })
      fail(what)
    },
    /** A lane that this machine lacks something for. @param why it may be missing, if it may */
    addMissingLane(lane, why, isRequired) {
      const needs = lane.missing.join(', ')
      say(
        `SKIPPED lane ${lane.name} (${lane.about}; ${plural(lane.files.length, 'file')}): needs ${needs}${why ? ` – ${why}` : ''}`,
      )
      if (isRequired && why === undefined)
        this.addFailure(`lane ${lane.name} can't run here, and CI=true lets none be missing without a reason`)
    },
    /** Says the sum; the last line is the one that others read. @returns the exit code */
    close() {
      say('')
      for (const title of skippedTests) say(`skipped ${title}`)
      for (const [name, { passed, failed, skipped, seconds }] of lanes)
        say(`${name.padEnd(9)} ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds.toFixed(1)} s`)
      for (const failure of failures) say(`FAILED ${failure}`)
      const [passed, failed] = [sum('passed'), sum('failed')]
      if (passed + failed === 0) say('no test ran')
      say(`${passed} passed, ${failed} failed`)
      return failed > 0 || passed === 0 ? 1 : 0
    },
  }
}
