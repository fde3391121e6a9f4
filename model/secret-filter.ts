import { secretNames, secretPairs, secretWords, vaultNames } from './secret-names.ts'

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
  ...['-----begin', 'ls0tls1', 'akia', 'asia', 'bearer', 'basic', 'cookie', 'kube', 'hooks', 'discord', 'webhook'],
  ...['sig=', 'signature=', 'x-amz-s', 'x-goog-s', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-'],
  ...['xoxa', 'xoxb', 'xoxe', 'xoxo', 'xoxp', 'xoxr', 'xoxs', 'xapp-', 'sk_live_', 'rk_live_', 'sk_test_', 'rk_test_'],
  ...['whsec_', 'npm_', 'pypi-', 'aiza', 'ya29.', 'hvs.', 'hvb.', 'sk-ant-', 'sk-proj-', 'dop_v1_', 'shpat_', 'shpss_'],
  ...['sg.', 'glsa_', 'dckr_pat_', 'atlasv1.', 'sntrys_', 'lin_api_'],
  // An escape can spell any of them; a Kubernetes Secret inside a text is known by its fields alone.
  ...['\\u00', 'stringdata', 'secret'],
]

for (const text of [...beginnings, ...secretWords, ...secretNames, ...vaultNames]) {
  if (text.length >= 4) addGroup(text)
  else for (const next of ascii) addGroup((text + next).padEnd(4, next))
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
  for (let at = 0; at < length; at++) {
    group = ((group << 7) | fold(text.charCodeAt(at))) & 0xfffffff
    if (filter[slotOf(group)] === 1 && groups.has(group)) return true
  }
  return false
}
