/**
 * What a secret name can hold without it being secret: nothing, a setting, or the address of a secret that is kept elsewhere. Such values
 * stay visible, because their change is drift that somebody wants to see.
 */

const harmlessValue = new RegExp(
  `^(?:${[
    /\[\s*\]|\{\s*\}|true|false|null|none|nil|yes|no|on|off|enabled|disabled|optional|required|never|always|auto|manual/,
    /automatic|daily|weekly|monthly|quarterly|nightly|seconds|minutes|hours|days|header|custom|basic|digest|bearer/,
    /jwt|iam|aws_iam|oidc|oauth2?|saml|mtls|ldap|kerberos|scram-sha-\d+|rotate|rotating|managed|strict|cognito_user_pools/,
    // Names of things in AWS, Google Cloud, Azure and secret stores.
    /arn:aws[\w-]*:[\w:/+=,.@*-]+|alias\/[\w/-]+|projects\/[\w./:@-]+|\/subscriptions\/[\w./ -]+/,
    /@microsoft\.keyvault\([^)]*\)|op:\/\/[\w./ -]+|(?:vault|ssm|sm|secretref|awssm|gcpsm):[\w./:#-]+/,
    /(?:[\w-]{1,64}:)?(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+) \S+(?: \S+)?/,
    // References that are filled in later: Terraform, shells, Helm, GitHub, Jinja, CloudFormation.
    /\$\{[^}]*\}|\$\{\{[^}]*\}\}|\{\{[^}]*\}\}|\$\([^)]*\)|%\w+%|<[\w ./-]+>|\*{3,}|!(?:ref|sub|getatt|vault|secret)(?: .+)?/,
    /(?:var|local|module|data|each|self)\.[a-z][\w.[\]"-]*|random_\w+\.\w+\.\w+/,
    // Files that hold one.
    /\/(?:run|etc|var|usr|opt|home|root|mnt|secrets|vault|tmp)\/[\w./-]+/,
  ]
    .map((pattern) => pattern.source)
    .join('|')})$`,
  'i',
)
const shellVariable = /^\$[A-Z_][A-Z0-9_]+$/
/** `PWD` is a shell's working directory, and a password in the connection strings of ODBC. */
const folder = /^(?:\/|~|\.{1,2}\/|[A-Za-z]:\\)/

/** @param name of the field or variable that holds the value, where there is one */
export const isHarmlessValue = (text: string, name = ''): boolean =>
  text === '' ||
  (text.length < 512 && (harmlessValue.test(text) || shellVariable.test(text))) ||
  ((name === 'PWD' || name === 'OLDPWD') && folder.test(text))

/** Words that follow a secret word in prose: "the password is …", "token: see …". No secret consists of one of them alone. */
const proseWords = new Set([
  ...[
    'a',
    'an',
    'the',
    'this',
    'that',
    'these',
    'it',
    'its',
    'your',
    'our',
    'their',
    'his',
    'any',
    'all',
    'each',
    'every',
  ],
  ...['is', 'are', 'was', 'were', 'be', 'been', 'has', 'have', 'had', 'can', 'may', 'must', 'should', 'will', 'would'],
  ...[
    'see',
    'ask',
    'use',
    'used',
    'uses',
    'not',
    'no',
    'never',
    'always',
    'only',
    'and',
    'or',
    'but',
    'if',
    'when',
    'while',
  ],
  ...[
    'for',
    'from',
    'of',
    'to',
    'in',
    'on',
    'at',
    'by',
    'with',
    'without',
    'as',
    'after',
    'before',
    'until',
    'per',
    'than',
  ],
  ...[
    'managed',
    'stored',
    'kept',
    'rotated',
    'rotates',
    'generated',
    'required',
    'optional',
    'expired',
    'expires',
    'expire',
  ],
  ...[
    'invalid',
    'unexpected',
    'missing',
    'unknown',
    'wrong',
    'empty',
    'set',
    'unset',
    'given',
    'shown',
    'hidden',
    'allows',
  ],
  ...[
    'read',
    'list',
    'get',
    'put',
    'rotate',
    'must',
    'too',
    'does',
    'do',
    'did',
    'basic',
    'tls',
    'anonymous',
    'there',
    'what',
  ],
])

/** Whether a bare value in a text is the next word of a sentence. @param rest what follows it on the line */
export const isProse = (value: string, rest: string): boolean =>
  proseWords.has(value.replace(/[.,;:!?]+$/, '').toLowerCase()) &&
  (/[.,;:]$/.test(value) || /^[\s,;.]*(?:$|\w)/.test(rest))

/** A text with letters and digits mixed as nobody writes a word: at least 12 characters, three changes between them. */
export function looksRandom(text: string): boolean {
  if (text.length < 12 || !/^[\w.~+/=-]+$/.test(text)) return false
  return (text.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0) >= 3
}

/** More than a plain lower-case word: a digit, a capital or a sign is in it. */
export const isNoWord = (text: string): boolean => !/^[A-Za-z]?[a-z]*$/.test(text)
