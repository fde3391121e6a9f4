import fc from 'fast-check'

/** A document before it is written: names keep an order and may be odd, numbers and JSON in texts keep their spelling. */
export type Draft =
  | { kind: 'scalar'; text: string }
  | { kind: 'list'; elements: Draft[] }
  | { kind: 'object'; fields: [name: string, value: Draft][] }
  | { kind: 'text'; document: Draft; gap: string }

/** Its JSON text. */
export const write = (draft: Draft, gap = ''): string => {
  const list = (parts: string[]): string => gap + parts.join(`${gap},${gap}`) + gap
  switch (draft.kind) {
    case 'scalar':
      return draft.text
    case 'list':
      return `[${list(draft.elements.map((element) => write(element, gap)))}]`
    case 'object':
      return `{${list(draft.fields.map(([name, value]) => `${JSON.stringify(name)}${gap}:${write(value, gap)}`))}}`
    case 'text':
      return JSON.stringify(`${draft.gap}${write(draft.document, draft.gap)}${draft.gap}`)
  }
}

/** How many texts that hold JSON stand in one another. */
export const nestingOf = (draft: Draft): number => {
  if (draft.kind === 'scalar') return draft.text.startsWith('"') && /[[{]/.test(draft.text) ? 2 : 0
  if (draft.kind === 'text') return 1 + nestingOf(draft.document)
  const below = draft.kind === 'list' ? draft.elements : draft.fields.map(([, value]) => value)
  return Math.max(0, ...below.map(nestingOf))
}

/** Names that rules know, names that trap JavaScript, names that trap paths and pointers. */
const names = [
  ...['tags', 'subnet_ids', 'ingress', 'protocol', 'from_port', 'to_port', 'description', 'Statement', 'Sid', 'Action'],
  ...['containers', 'env', 'ports', 'containerPort', 'name', 'key', 'Key', 'Value', 'value', 'conditions', 'type'],
  ...['metadata', 'resourceVersion', 'status', 'lastHeartbeatTime', 'last_modified', 'spec', 'allow', 'rawJSON'],
  ...['Effect', 'Principal', 'AWS', 'Resource', 'Condition', 'StringLike'],
  ...['policy', 'kubectl.kubernetes.io/last-applied-configuration'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a.b', 'x/y', 'm~n', '', '0', '10', '[3]', 'ü'],
]
/** Each row holds spellings of one value; different rows are different values. */
const spellings = [
  ['1', '1.0', '10e-1', '1E0'],
  ['0', '-0', '0.0', '0e5'],
  ['10', '1e1', '10.00'],
  ['0.1', '1e-1'],
  ['9007199254740993', '9007199254740993.0'],
  ['9007199254740992', '9.007199254740992e15'],
  ['0.1000000000000000055'],
  ['1e400'],
  ['-1'],
  ['"1"', '"\\u0031"'],
  ['"tcp"'],
  ['"\\ud800"'],
  ['"\\udc00"'],
  ['"ab"'],
  ['"Allow"'],
  ['""'],
  ['"null"'],
  ['null'],
  ['true'],
  ['false'],
]

/** The same of texts that hold JSON, or only look so. */
const jsonSpellings = [
  ['"[]"', '"[ ]"', '" []\\n"'],
  ['"{}"', '"{ }"', '"\\r\\t{}"'],
  ['"[1]"', '"[1.0]"', '"[\\t1 ]"'],
  ['"[9007199254740993]"', '"[9007199254740993.0]"'],
  ['"[9007199254740992]"'],
  ['"{\\"a\\":1,\\"a\\":2}"', '"{\\"a\\":2}"'],
  ['"{\\"a\\":\\"[1]\\"}"', '"{\\"\\\\u0061\\": \\"[ 1.0 ]\\"}"'],
  ['"[\\"\\\\ud800\\"]"', '"[\\"\\ud800\\"]"'],
  ['"[not json"'],
  ['"[1"'],
  ['"[1 "'],
  ['"[1,]"'],
  ['"{1}"'],
  ['"\\u00a0[1]"'],
  ['" 1"'],
  ['"\\"[]\\""'],
]

const name = fc.constantFrom(...names)

/** Arrays that a rule may know, of elements that may have its identity, all alike but for a few values. */
const knownArrays = ['tags', 'env', 'containers', 'conditions', 'ingress', 'Statement', 'ports', 'subnet_ids', 'allow']
const knownTexts = ['policy', 'container_definitions', 'kubectl.kubernetes.io/last-applied-configuration', 'a.b']
const identityFields = ['name', 'key', 'Key', 'type', 'protocol', 'from_port', 'Sid', 'containerPort']
const plainIdentities = ['1', '1.0', '"1"', '"tcp"', '"ab"', 'null']
const oneOf = (texts: readonly string[]) => fc.constantFrom(...texts).map((text): Draft => ({ kind: 'scalar', text }))

/** Documents, with texts that hold JSON or without any. */
function documents(withTexts: boolean) {
  const scalar = oneOf([...spellings, ...(withTexts ? jsonSpellings : [])].flat())
  const few = oneOf(withTexts ? [...plainIdentities, '"[1]"', '"[ 1]"'] : plainIdentities)
  const { object } = fc.letrec<{ value: Draft; object: Draft; known: Draft; text: Draft }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 5 }).map((elements): Draft => ({ kind: 'list', elements })),
      tie('known'),
      tie('object'),
      ...(withTexts ? [tie('text')] : []),
    ),
    text: fc
      .tuple(fc.oneof(tie('object'), tie('known'), tie('value')), fc.constantFrom('', ' ', '\n\t'))
      .map(([document, gap]): Draft => ({ kind: 'text', document, gap })),
    object: fc
      .uniqueArray(
        fc.oneof(
          fc.tuple(name, tie('value')),
          fc.tuple(fc.constantFrom(...knownArrays), tie('known')),
          ...(withTexts ? [fc.tuple(fc.constantFrom(...knownTexts), tie('text'))] : []),
        ),
        {
          maxLength: 4,
          selector: ([field]) => field,
        },
      )
      .map((fields): Draft => ({ kind: 'object', fields })),
    known: fc
      .tuple(
        fc.uniqueArray(fc.constantFrom(...identityFields), { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.array(few, { minLength: 3, maxLength: 3 }), fc.option(tie('object'), { freq: 1 })), {
          maxLength: 4,
        }),
      )
      .map(
        ([fields, elements]): Draft => ({
          kind: 'list',
          elements: elements.map(([values, rest]) => ({
            kind: 'object',
            fields: [
              ...fields.map((field, at): [string, Draft] => [field, values[at] ?? { kind: 'scalar', text: 'null' }]),
              ...(rest?.kind === 'object' ? rest.fields.filter(([field]) => !fields.includes(field)) : []),
            ],
          })),
        }),
      ),
  }))
  return { object, scalar }
}

/** Something done to a copy of a document somewhere in it: harmless or not, the oracle says. */
const editOf = (scalar: fc.Arbitrary<Draft>) =>
  fc.record({
    at: fc.array(fc.nat(20), { maxLength: 6 }),
    what: fc.constantFrom('respell', 'reverse', 'rotate', 'replace', 'remove', 'add', 'repeat', 'wrap', 'turn', 'turn'),
    value: scalar,
    name,
  })
type Edit = ReturnType<typeof editOf> extends fc.Arbitrary<infer T> ? T : never

const respell = (text: string): string => {
  const row = [...spellings, ...jsonSpellings].find((some) => some.includes(text)) ?? [text]
  return row[(row.indexOf(text) + 1) % row.length] ?? text
}

/** Every list in it the other way round. */
const turned = (target: Draft): Draft => {
  if (target.kind === 'list') return { kind: 'list', elements: target.elements.map(turned).toReversed() }
  if (target.kind === 'object') return { kind: 'object', fields: target.fields.map(([field, v]) => [field, turned(v)]) }
  if (target.kind === 'text') return { ...target, document: turned(target.document) }
  return target
}

function edited(target: Draft, edit: Edit, depth = 0): Draft {
  if (edit.what === 'turn' && depth === Math.min(edit.at.length, 2)) return turned(target)
  if (target.kind === 'text') {
    if (edit.at.length === depth && edit.what === 'wrap') return target.document
    return {
      ...target,
      gap: edit.what === 'respell' ? '\r\n ' : target.gap,
      document: edited(target.document, edit, depth),
    }
  }
  const step = edit.at[depth]
  if (step !== undefined && target.kind === 'list' && target.elements.length > 0) {
    const chosen = step % target.elements.length
    return { ...target, elements: target.elements.map((e, at) => (at === chosen ? edited(e, edit, depth + 1) : e)) }
  }
  if (step !== undefined && target.kind === 'object' && target.fields.length > 0) {
    const chosen = step % target.fields.length
    return {
      ...target,
      fields: target.fields.map(([field, v], at) => [field, at === chosen ? edited(v, edit, depth + 1) : v]),
    }
  }
  switch (target.kind) {
    case 'scalar':
      if (edit.what === 'respell') return { kind: 'scalar', text: respell(target.text) }
      return edit.what === 'wrap' ? { kind: 'list', elements: [target] } : edit.value
    case 'list': {
      const [first, ...rest] = target.elements
      if (edit.what === 'reverse') return { kind: 'list', elements: target.elements.toReversed() }
      if (first === undefined) return { kind: 'list', elements: [edit.value] }
      if (edit.what === 'rotate') return { kind: 'list', elements: [...rest, first] }
      if (edit.what === 'remove') return { kind: 'list', elements: rest }
      if (edit.what === 'repeat') return { kind: 'list', elements: [first, ...target.elements] }
      return { kind: 'list', elements: [...target.elements, edit.value] }
    }
    case 'object': {
      const [first, ...rest] = target.fields
      if (edit.what === 'reverse' || edit.what === 'respell') {
        return { kind: 'object', fields: target.fields.toReversed() }
      }
      if (first !== undefined && (edit.what === 'remove' || edit.what === 'rotate')) {
        return { kind: 'object', fields: edit.what === 'remove' ? rest : [...rest, first] }
      }
      const others = target.fields.filter(([field]) => field !== edit.name)
      return { kind: 'object', fields: [...others, [edit.name, edit.value]] }
    }
  }
}

/** A document, and what a few edits made of it. */
export const draftPair = (withTexts: boolean): fc.Arbitrary<[Draft, Draft]> => {
  const { object, scalar } = documents(withTexts)
  return fc
    .tuple(object, fc.array(editOf(scalar), { maxLength: 3 }))
    .map(([first, edits]) => [first, edits.reduce((target, edit) => edited(target, edit), first)])
}
