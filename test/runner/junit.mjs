// Reads what `bun test --reporter=junit` counted.

const plainText = (text) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&#10;', '\n')
    .replaceAll('&amp;', '&')

/**
 * @param {string} xml
 * @returns {{passed: number, failed: number, skipped: string[]} | null} null where it is no complete report
 */
export function readJunit(xml) {
  const head = /<testsuites\b([^>]*)>/.exec(xml)?.[1]
  if (head === undefined || !xml.trimEnd().endsWith('</testsuites>')) return null
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? Number.NaN)
  const [tests, failed, skipped] = [number('tests'), number('failures'), number('skipped')]
  if (![tests, failed, skipped].every(Number.isInteger)) return null
  const names = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g)].map(([, name]) => plainText(name))
  return { passed: tests - failed - skipped, failed, skipped: names }
}

/**
 * What a test file's process came to. A process that ended without a report, whatever its exit code, is a failure: a test
 * that calls `process.exit(0)` would else pass for all that came after it.
 *
 * @param {{code: number | null, signal: string | null, timedOut: boolean}} ended
 * @param {string | null} xml
 */
export function judge(ended, xml) {
  const counts = xml === null ? null : readJunit(xml)
  const problem = ended.timedOut
    ? 'ran out of time and was killed'
    : ended.signal !== null
      ? `was killed by ${ended.signal}`
      : counts === null
        ? `ended with code ${ended.code} before its tests were done`
        : counts.passed + counts.failed + counts.skipped.length === 0
          ? 'has no test'
          : ended.code !== 0 && counts.failed === 0
            ? `ended with code ${ended.code}`
            : null
  const { passed = 0, failed = 0, skipped = [] } = counts ?? {}
  return { passed, failed: failed + (problem === null ? 0 : 1), skipped, problem }
}
