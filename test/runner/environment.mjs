// What the tests run in.

const seedRange = 2 ** 31

/** A developer's own accounts and vaino, and the wish for colour that would win over NO_COLOR. */
const foreign = /^(AWS|GOOGLE|CLOUDSDK|GCLOUD)_|^VAINO_(?!SEED$|RUNS$)|^FORCE_COLOR$/

/** The variables of every test: one seed for all property tests, and nothing that could reach or be mistaken for a real cloud. */
export function testEnvironment(given) {
  const kept = Object.entries(given).filter(([name]) => !foreign.test(name))
  return {
    ...Object.fromEntries(kept),
    VAINO_SEED: given.VAINO_SEED ?? String(Math.floor(Math.random() * seedRange)),
    NO_COLOR: '1',
    // What the tests start listens on loopback; a proxy in between would break them.
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    // Nothing listens there: what forgets to say where its AWS is must not find the real one.
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: 'eu-west-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    GCE_METADATA_HOST: '127.0.0.1:9',
    METADATA_SERVER_DETECTION: 'none',
    CLOUDSDK_CONFIG: '/dev/null/gcloud',
    KUBECONFIG: '/dev/null',
  }
}

/** Whether this is a continuous integration run, where a lane that can't run is a failure. */
export const isContinuousIntegration = (env) => !['', '0', 'false'].includes(env.CI ?? '')

/** `browser: no apt here; power: no compiler` as a map from the lane to the reason. */
export const waivedLanes = (text = '') =>
  new Map(
    text
      .split(';')
      .map((entry) => /^\s*(\w+)\s*:\s*(.+?)\s*$/.exec(entry))
      .filter((match) => match !== null)
      .map(([, lane, why]) => [lane, why]),
  )
