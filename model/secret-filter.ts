import { secretEnds, secretNames, secretPairs, secretSuffixes, secretWords, vaultNames } from './secret-vocabulary.ts'

/**
 * A quick look whether a text can hold a secret at all. Most hold none and must cost next to nothing (2 ns a character
 * measured), so a text is read once for groups of four characters, of which everything that `secret-text.ts` masks holds
 * at least one. Only where a group is met do the patterns run.
 */
const groups = new Set<number>()
const filterBits = 16
const filter = new Uint8Array(1 << filterBits)

const slotOf = (group: number): number => Math.imul(group, 0x9e3779b1) >>> (32 - filterBits)

/** Lower case, for letters; a few signs become one, in the groups as in the text. */
const fold = (code: number): number => (code | 0x20) & 0x7f

const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
const lettersAndDigits = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** How the shapes begin that `secret-text.ts` knows; in longer ones the first four characters are enough. */
const beginnings = [
  ...['-----begin', 'ls0tls1', 'akia', 'asia', 'bearer', 'basic', 'cookie', 'hooks', 'discord', 'webhook'],
  ...['sig=', 'signature=', 'x-amz-s', 'x-goog-s', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-'],
  ...['xoxa', 'xoxb', 'xoxe', 'xoxo', 'xoxp', 'xoxr', 'xoxs', 'xapp-', 'sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'],
  ...['whsec_', 'npm_', 'pypi-', 'aiza', 'ya29.', 'hvs.', 'hvb.', 'sk-ant-', 'sk-proj-', 'dop_v1_', 'shpat_', 'shpss_'],
  ...['sg.', 'glsa_', 'dckr_pat_', 'atlasv1.', 'sntrys_', 'lin_api_'],
  // Password hashes, LDAP's and crypt's.
  ...[
    '{sha',
    '{ssha',
    '{md5',
    '{smd5',
    '{crypt',
    '{pbkdf2',
    'pbkdf2_',
    '$2a$',
    '$2b$',
    '$2y$',
    '$apr1',
    '$argon',
    '$scr',
    '$pbk',
  ],
  ...['$1$', '$5$', '$6$', '$7$', '$y$'],
  // Programs and lines that name no secret; where their begin is common, another part of them stands here.
  ...[
    'mysql',
    'mariadb',
    'curl',
    'sshpass',
    ' login',
    'mongo',
    'redis-cli',
    'ldap',
    'sqlcmd',
    'bcp ',
    'snmp',
    'ipmitool',
  ],
  ...['smbc', 'wine', 'erdp', 'keyt', 'gner', 'zip ', '7z x', '7z a', 'unse', 'd_us', 'lite', 'et u', 'estr', 'fied'],
  ...['sudo', 'tic:', ' aut', 'com2', 'muni', 'teus', 'isak', 'md5 ', '-str', ' aes ', 'taca', 'ius-', '432:'],
  ...[':*:', ': eap', 'radd', 'sip:', 'ips:', '@tcp', 'hin:', '%3a%', '%40', ' -p', '-lin', 'stdi', 'ntpl', 'openssl'],
  ...[
    'gsk_',
    'hf_',
    'dapi',
    'nrak',
    'gocs',
    'glc_',
    'atat',
    'atct',
    'tske',
    'pul-',
    'pmak',
    'xkey',
    'ruby',
    'figd',
    'sbp_',
  ],
  ...[
    'dp.p',
    'dp.s',
    'dp.c',
    'dp.a',
    'age-',
    ':aa',
    'sk-',
    'iqoj',
    'glo',
    'glp',
    'gld',
    'glr',
    'glc',
    'gli',
    'gla',
    'glf',
    'gls',
  ],
  ...['mosq', 't-pa', 'v pu', '<<<', 'cess key', '--us', ' -u ', 'kini', ' -n ', 'ice_', 'ssh-keyg', '"x-'],
  ...[']:5', ']:2', ']:4', 'n >', 'hvr.', 'dor_', 'doo_', 'lin_', 'sntr', 'pk_', 'dckr'],
  // An escape can spell any of them; a Kubernetes Secret inside a text is known by its fields alone.
  ...['\\u00', 'gdat', 'g_da', 'secret'],
]

/** Words whose first four characters begin common words too, and the four that stand for them instead. */
const seldom: Readonly<Record<string, readonly string[]>> = {
  requirepass: ['repa'],
  privatekey: ['ekey'],
  accesskey: ['sske'],
  contrasena: ['rase'],
  connectionstring: ['nstr'],
  connstr: ['nnst'],
  dockercfg: ['rcfg'],
  dockerconfigjson: ['gjso'],
  kubeconfig: ['beco'],
  kube_config: ['be_c'],
  kube_admin_config: ['be_a'],
  kube_config_raw: ['be_c'],
  kube_admin_config_raw: ['be_a'],
  set_cookie: ['ooki'],
  protected_settings: ['ed_s', 'edse'],
  secure_parameters: ['re_p', 'repa'],
}

for (const text of [
  ...beginnings,
  ...secretWords,
  ...secretNames,
  ...vaultNames,
  ...secretEnds,
  ...secretSuffixes,
].flatMap((word) => seldom[word] ?? word)) {
  if (text.length >= 4) addGroup(text)
  else if (text.length === 3) for (const next of ascii) addGroup(text + next)
  else for (const next of ascii) for (const sign of ' =:"\'\\>]') addGroup(text + sign + next)
}
for (const pair of secretPairs) {
  const [first = '', second = ''] = pair.split(' ')
  for (const between of ['', '_', '-', ' ', '.', '__', '--']) addGroup(first.slice(-2) + between + second)
}
for (const sign of lettersAndDigits) {
  addGroup(`${sign}://`)
  addGroup(`eyj${sign}`)
}

function addGroup(text: string): void {
  let group = 0
  for (let at = 0; at < 4; at++) group = (group << 7) | fold(text.charCodeAt(at))
  groups.add(group)
  filter[slotOf(group)] = 1
}

/** Never false where a text holds what `maskSecrets` masks; seldom true where it doesn't. */
export function mayHoldSecret(text: string): boolean {
  const length = text.length
  let group = 0
  let codes = 0
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    codes |= code
    group = ((group << 7) | fold(code)) & 0xfffffff
    if (filter[slotOf(group)] === 1 && groups.has(group)) return true
  }
  // Accents and other scripts have too many spellings to be groups.
  return codes > 127 && /[=:：]/.test(text)
}
