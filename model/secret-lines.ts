import { type Mask, maskBehind } from './secret-shapes.ts'
import { isNoWord, isProse } from './secret-values.ts'

/**
 * Secrets that are known by the line they stand in: command lines, statements of SQL, and the files of programs and network devices that put a
 * password behind a word without a separator. Each rule keeps its first group and masks its second.
 *
 * A line begins at the begin of the text, behind a line break, or behind one that JSON has escaped, since texts are also read as they stand in
 * broken JSON. What lies between a program and its flag is at most 300 characters of one command, which bounds the time.
 */
interface Rule {
  /** Without it the pattern is not tried; lower case, as part of the text in lower case. */
  readonly needs: string
  readonly pattern: RegExp
}

const value = `("[^"\\\\\\n]{1,256}"|'[^'\\\\\\n]{1,256}'|[^\\s"'\\\\;|&<>)]{1,512})`
const begin = '(?:^|[\\r\\n]|\\\\[rn])[ \\t-]{0,32}'
const words = '(?:[^\\n;|&]{0,300}?\\s)?'

/** A flag of a program, whose value stands behind it or joined to it. */
const command = (needs: string, programs: string, flags: string): Rule => ({
  needs,
  pattern: new RegExp(`(\\b(?:${programs})\\b\\s+${words}(?:${flags})['"]?)(?!-)${value}`, 'g'),
})
const line = (needs: string, before: string): Rule => ({
  needs,
  pattern: new RegExp(`(${begin}${before})${value}`, 'gi'),
})

const commands: readonly Rule[] = [
  ...['mysql', 'mariadb'].map((name) =>
    command(name, `${name}(?:dump|admin|import|sh|check)?|mysql`, '-p(?=\\S)|--password[= ]'),
  ),
  command(
    'curl',
    'curl',
    '-[a-zA-Z]{0,8}[uU]\\s*[\'"]?[^\\s:\'"]{0,128}:|--(?:proxy-)?user[= ][\'"]?[^\\s:\'"]{0,128}:',
  ),
  command('sshpass', 'sshpass', '-p\\s*'),
  command(
    'login',
    '(?:docker|podman|buildah|skopeo|nerdctl|az|helm|oras|crane|cf|oc|heroku)\\s+(?:registry\\s+|auth\\s+)?login',
    '-p\\s+|-p=|--password[= ]',
  ),
  command('redis-cli', 'redis-cli', '-a\\s+|--pass\\s+'),
  command('mongo', 'mongo(?:sh|dump|restore|export|import|stat)?', '-p\\s*(?=\\S)|--password[= ]'),
  command('ldap', 'ldap(?:search|modify|add|delete|passwd|whoami|compare)', '-w\\s+|-s\\s+'),
  command('mosquitto', 'mosquitto_(?:pub|sub|rr)', '-P\\s+'),
  command('mosquitto', 'mosquitto_passwd', '-b\\s+\\S{1,128}\\s+\\S{1,128}\\s+'),
  command('ssh-keygen', 'ssh-keygen', '-[NP]\\s+'),
  command('wpa_passphrase', 'wpa_passphrase', '(?<=\\s)\\S{1,64}\\s+'),
  command('put-parameter', 'put-parameter', '--value[= ]'),
  command('secret set', 'secret\\s+set', '--(?:value|body)[= ]|-b\\s+'),
  command('kv put', 'kv\\s+put', '(?<=\\s)\\S{0,128}(?:password|secret|token)\\s+'),
  command('sqlcmd', 'sqlcmd', '-P\\s*'),
  command('bcp', 'bcp', '-P\\s*'),
  command('ipmitool', 'ipmitool', '-P\\s*'),
  command('snmp', 'snmp(?:walk|get|getnext|bulkwalk|bulkget|set|table|trap|inform|status|df)', '-[cAX]\\s*'),
  command('smbclient', 'smbclient|winexe|rpcclient|smbget', '-U\\s*[\'"]?[^\\s%\'"]{1,128}%'),
  command('xfreerdp', '[xw]freerdp3?', '/p:'),
  command('openssl', 'openssl', '-pass(?:in|out)?\\s+pass:|-k\\s+'),
  command('keytool', 'keytool|jarsigner|apksigner', '-(?:store|key|new|dest(?:store|key)|src(?:store|key))pass\\s+'),
  command('htpasswd', 'htpasswd', '-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}\\s+(?:[^\\s-]\\S{0,256}\\s+)?\\S{1,128}\\s+'),
  command('zip', 'zip|unzip', '-P\\s*'),
  command('7z', '7z[ar]?', '-p(?=\\S)'),
  command('vault', 'vault\\s+(?:login|operator\\s+unseal)', '(?<=\\s)(?=[^-\\s])'),
  command('consul', 'consul\\s+acl\\s+set-agent-token', '(?<=\\s)[a-z_]{1,32}\\s+'),
  command('rabbitmqctl', 'rabbitmqctl\\s+(?:add_user|change_password|authenticate_user)', '(?<=\\s)\\S{1,128}\\s+'),
  command('from-literal', 'kubectl', '--from-literal[= ][^\\s=]{1,128}='),
  command('aws_', 'configure\\s+set', 'aws_(?:secret_access_key|session_token)\\s+'),
  command('useradd', 'useradd|usermod|adduser', '-p\\s+'),
  command('net user', 'net', 'user\\s+[^\\s/]{1,64}\\s+(?=[^\\s/])'),
  command('net use', 'net', 'use\\s+\\S{1,128}\\s+(?=[^\\s/])'),
  {
    needs: '<<<',
    pattern: new RegExp(
      `(\\b(?:kinit|passwd|smbpasswd|cryptsetup|login|su|sudo)\\b[^\\n|;&<]{0,300}<<<\\s*\\$?)${value}`,
      'g',
    ),
  },
  { needs: 'cryptsetup', pattern: /(\becho\s+(?:-\w\s+)?["']?)([^\s"'|]{1,512})(?=["']?\s*\|[^\n|]{0,32}cryptsetup)/g },
  { needs: 'securestring', pattern: new RegExp(`(ConvertTo-SecureString\\s+(?:-String\\s+)?)${value}`, 'gi') },
  {
    needs: 'chpasswd',
    pattern: /(\becho\s+(?:-\w\s+)?["']?[\w.-]{1,64}:)([^\s"'|]{1,512})(?=["']?\s*\|[^\n]{0,32}chpasswd)/g,
  },
  { needs: '-stdin', pattern: /(\becho\s+(?:-\w\s+)?["']?)([^\s"'|]{1,512})(?=["']?\s*\|[^\n|]{0,128}-stdin)/g },
  { needs: 'sudo -s', pattern: /(\becho\s+(?:-\w\s+)?["']?)([^\s"'|]{1,512})(?=["']?\s*\|\s*sudo\s+-S)/g },
]

const statements: readonly Rule[] = [
  // The last of the strings that a login takes: auth=("bob", "x"), connect("host", "bob", "x"), Credentials("bob", "x").
  {
    needs: '(',
    pattern:
      /(\b\w{0,32}(?:auth|connect|login|credentials?)\s?=?\s?\((?:\s?["'][^"'\n]{0,128}["']\s?,){1,3}\s?)("[^"\n]{1,512}"|'[^'\n]{1,512}')(?=\s?\))/gi,
  },
  {
    needs: 'identified',
    pattern:
      /(\bIDENTIFIED\s+(?:WITH\s+[\w'"]{1,64}\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?)('[^'\n]{1,512}'|"[^"\n]{1,512}"|[^\s;'"]{1,512})/gi,
  },
  { needs: 'password', pattern: /(\bPASSWORD(?:\s*=\s*|\s+|\s*\(\s*))('[^'\n]{1,512}')/gi },
  {
    needs: '(',
    pattern:
      /(\b(?:set|with|use)_?(?:Password|Secret|Token|ApiKey|AccessKey|SecretKey|PrivateKey)\(\s*)("[^"\n]{1,512}"|'[^'\n]{1,512}')/gi,
  },
]

const files: readonly Rule[] = [
  // .netrc, .pgpass, Postfix, Dovecot and PPP, Redis, HAProxy, OpenVPN, IPsec, OpenLDAP, WiFi.
  {
    needs: 'login',
    pattern:
      /(\blogin\s{1,8}\S{1,128}(?:\s|\\n){1,8}(?:account\s{1,8}\S{1,128}\s{1,8})?password\s{1,8})([^\s"\\]{1,512})/g,
  },
  {
    needs: ':',
    pattern:
      /((?:^|[\r\n]|\\n)(?:[\w.-]{1,255}|\*):(?:\*|\d{4,5}):[\w.*-]{1,64}:[\w.*@-]{1,64}:)([^\s:"'\\]{4,512})(?=[\r\n"\\]|$)/g,
  },
  { needs: ':', pattern: /((?:^|[\r\n]|\\n)\[[\w.-]{1,255}\](?::\w{1,16})?\s{1,8}[^\s:]{1,128}:)([^\s"'\\]{1,512})/g },
  { needs: 'static:', pattern: /(\bstatic:[^\s:]{1,128}:)([^\s"'\\]{1,512})/g },
  { needs: 'stats auth', pattern: /(\bstats\s+auth\s+[^\s:]{1,128}:)([^\s"'\\]{1,512})/g },
  { needs: 'user ', pattern: /(\buser\s+\S{1,128}\s+(?:on|off)\s[^\n]{0,64}?>)([^\s"'\\]{1,512})/g },
  { needs: ' * ', pattern: /((?:^|[\r\n]|\\n)[\w.@-]{1,64}\s+\*\s+)([^\s*"'\\]{1,512})(?=\s+\*)/g },
  { needs: ': ', pattern: /(:\s+(?:PSK|EAP|XAUTH|NTLM)\s+)("[^"\n]{1,512}"|\S{1,512})/g },
]

const kind = '(?:[0-9]\\s+)?'
const devices: readonly Rule[] = [
  { needs: 'md5', pattern: new RegExp(`(\\bauthentication-key\\s+\\d{1,5}\\s+md5\\s+)${value}`, 'gi') },
  {
    needs: 'pre-shared-key',
    pattern: new RegExp(`(\\bpre-shared-key\\s+(?:address|hostname)\\s[^\\n]{1,64}?\\skey\\s+${kind})${value}`, 'gi'),
  },
  line('community', `(?:set\\s+)?snmp-server\\s+community\\s+`),
  {
    needs: 'snmp',
    pattern: new RegExp(
      `(\\bsnmp\\s+community\\s+|\\bsnmp-server\\s+host\\s+\\S{1,64}\\s+(?:traps\\s+|informs\\s+)?(?:version\\s+(?:1|2c)\\s+)?)(?!version\\b|traps\\b|informs\\b)${value}`,
      'gi',
    ),
  },
  { needs: 'auth', pattern: new RegExp(`(\\bauth\\s+(?:md5|sha\\d{0,3})\\s+)${value}`, 'gi') },
  { needs: 'priv', pattern: new RegExp(`(\\bpriv\\s+(?:des|3des|aes)(?:\\s+\\d{3})?\\s+)${value}`, 'gi') },
  line('community', '(?:ro|rw)community6?\\s+'),
  line('com2sec', 'com2sec6?\\s+\\S{1,64}\\s+\\S{1,64}\\s+'),
  { needs: 'createuser', pattern: new RegExp(`(\\bcreateUser\\s+\\S{1,64}\\s+(?:MD5|SHA\\S{0,4})\\s+)${value}`, 'gi') },
  { needs: 'createuser', pattern: new RegExp(`(\\bcreateUser\\s[^\\n]{1,256}\\s(?:AES|DES)\\s+)${value}`, 'gi') },
  line(
    'enable',
    `enable\\s+(?:password|secret|algorithm-type\\s+\\w{1,16}\\s+secret)\\s+(?:level\\s+\\d{1,2}\\s+)?${kind}`,
  ),
  line('username', `username\\s+\\S{1,64}\\s+(?:privilege\\s+\\d{1,2}\\s+)?(?:password|secret)\\s+${kind}`),
  {
    needs: 'password',
    pattern: new RegExp(
      `(\\bneighbor\\s+\\S{1,64}\\s+password\\s+${kind}|\\bchap\\s+password\\s+${kind})${value}`,
      'gi',
    ),
  },
  {
    needs: '-server',
    pattern: new RegExp(`(\\b(?:tacacs|radius)-server\\s[^\\n]{0,128}?\\bkey\\s+${kind})${value}`, 'gi'),
  },
  { needs: 'isakmp', pattern: new RegExp(`(\\bisakmp\\s+key\\s+${kind})${value}`, 'gi') },
  {
    needs: 'ospf',
    pattern: new RegExp(
      `(\\bospf\\s+authentication-key\\s+${kind}|\\bmessage-digest-key\\s+\\d{1,3}\\s+md5\\s+${kind})${value}`,
      'gi',
    ),
  },
  { needs: 'key-string', pattern: new RegExp(`(\\bkey-string\\s+${kind})${value}`, 'gi') },
  {
    needs: 'standby',
    pattern: new RegExp(
      `(\\bstandby\\s+\\d{1,4}\\s+authentication\\s+(?:text\\s+|md5\\s+key-string\\s+)?${kind})${value}`,
      'gi',
    ),
  },
  { needs: 'psk', pattern: new RegExp(`(\\bwpa-psk\\s+(?:ascii|hex)\\s+${kind})${value}`, 'gi') },
  {
    needs: 'pre-shared-',
    pattern: new RegExp(
      `(\\bpre-shared-(?:key|secret)\\s+(?!address\\b|hostname\\b)(?:ascii-text\\s+|hexadecimal\\s+|local\\s+|remote\\s+)?${kind})${value}`,
      'gi',
    ),
  },
  { needs: 'encrypted-password', pattern: new RegExp(`(\\bencrypted-password\\s+)${value}`, 'gi') },
]

const rules: readonly Rule[] = [...commands, ...statements, ...files, ...devices]
/** A text without a space is no command: most that get here are paths and ARNs of things that are called "token" or "password". */
const rulesOfOneWord: readonly Rule[] = [...statements, ...files]

/** @param mask makes the replacement of one secret, and returns what needs none as it is */
export function maskLines(text: string, mask: Mask, isSecretName: (name: string) => boolean): string {
  const lower = text.toLowerCase()
  const isOneWord = !/[\s\\]/.test(text)
  let masked = text
  for (const { needs, pattern } of isOneWord ? rulesOfOneWord : rules) {
    if (!lower.includes(needs)) continue
    masked = masked.replace(pattern, (match, ...groups: unknown[]) =>
      maskBehind(match, groups, (secret) => unquoted(secret, mask)),
    )
  }
  return isOneWord ? masked : maskDirectives(maskLoose(masked, mask), mask, isSecretName)
}

/** `-u bob:x`, `--user=bob:x`, `-U bob%x` of any program: the part behind the user, unless it is a word, a number or a path. */
const userFlag = /(\s-{1,2}(?:u|U|a|user|auth|credentials|login)[= ]["']?[\w.@-]{1,128}[:%])([^\s"'|;&/:]{4,512})/g
/** "… password x" anywhere in a line: a text of letters and digits that is no name. */
const behindWord =
  /(\b[\w-]{0,32}(?:password|passwd|passphrase|passwort)\s{1,4}(?:ENC\s+|\d\s+)?)([^\s"'\\=:;,()]{6,512})(?=[\s"'\\;,.]|$)/gi
const isMixed = (text: string): boolean =>
  /\d/.test(text) && /[A-Za-z]/.test(text) && !/^(?:sha|md5|rsa|aes|base|scram|v\d|[./~$<{-])/i.test(text)

const maskLoose = (text: string, mask: Mask): string =>
  text
    .replace(userFlag, (match, kept: string, secret: string) => (isMixed(secret) ? kept + mask(secret) : match))
    .replace(behindWord, (match, kept: string, secret: string) => (isMixed(secret) ? kept + mask(secret) : match))

/** Quotes stay: they are the text's. */
function unquoted(secret: string, mask: Mask): string {
  const quote = secret.charAt(0)
  if ((quote === '"' || quote === "'") && secret.endsWith(quote) && secret.length > 1) {
    return quote + mask(secret.slice(1, -1)) + quote
  }
  return mask(secret)
}

/** `requirepass x`, `ENV DB_PASSWORD x`, `password "x";`: a name and a value alone on a line. The mask decides by the name. */
const directive =
  /((?:^|[\r\n]|\\[rn])[ \t]{0,32}(?:ENV|ARG|setx|setenv|set-item env:|set|SetEnv|export|let)?[ \t]{0,8})([A-Za-z_][\w.-]{1,63})([ \t]{1,16})("[^"\n\\]{1,512}"|'[^'\n\\]{1,512}'|[^\s"'\\=:{};]{2,512})(?=[ \t]{0,8};?[ \t]{0,8}(?:[\r\n"]|\\[rn]|$))/g

const maskDirectives = (text: string, mask: Mask, isSecretName: (name: string) => boolean): string =>
  text.replace(directive, (match, before: string, name: string, gap: string, secret: string) => {
    if (!isSecretName(name)) return match
    if (!/^["']/.test(secret) && (isProse(secret, '') || !isNoWord(secret))) return match
    return before + name + gap + unquoted(secret, mask)
  })
