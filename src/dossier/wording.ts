// The words of every channel, from one file per language, so that SMS, screen and paper say the same. A file is checked
// as a whole before any of it is used: every text that wording-keys.ts lists, with its placeholders. Mistakes are
// reported with their keys, and the last good file stays in use.
import { readYaml } from '../config/read-yaml.js'
import type { ConfigProblem } from '../config/slice.js'
import { isRecord, pathIn } from '../config/validate.js'
import { GatewayError } from '../errors.js'
import type { Live } from '../live.js'
import { type Situation, situations } from './truth.js'
import { withoutAccents } from './unaccented.js'
import { type FillingsOf, type WordingKey, wordingKeys } from './wording-keys.js'

interface StateWords {
  readonly label: string
  readonly meaning: string
  readonly nextAction: string
  /** The state in a text message; at most 45 characters once its accents are gone. */
  readonly sms: string
}

/** The words of one language. */
export interface Words {
  readonly language: 'vi' | 'en'
  /** For each state, and for each of its situations with words of its own. */
  readonly states: Readonly<Record<Situation, StateWords>>
  /** The text at a dotted key (`sms.unknown`), with its {placeholders} filled. */
  text<Key extends WordingKey>(key: Key, ...fillings: FillingsOf<Key>): string
  /** The same in pieces: words, the name of a placeholder, words, … The same array until the file changes. */
  pieces(key: WordingKey): readonly string[]
}

export interface Wording {
  readonly vi: Words
  readonly en: Words
}

type WordingResult =
  | { readonly ok: true; readonly wording: Wording }
  | { readonly ok: false; readonly problems: ConfigProblem[] }

const languages = ['vi', 'en'] as const
const stateKeys = ['label', 'meaning', 'nextAction', 'sms'] as const
// A reply has 160 characters for number, state, date, phone and age; the state may take 45 of them.
const smsLength = 45

/** Reads and checks both files. Reports every problem at once; never throws on what an operator can write. */
export function loadWording(files: Readonly<Record<'vi' | 'en', string>>): WordingResult {
  const problems: ConfigProblem[] = []
  const texts = languages.map((language) => readTexts(files[language], `wording.${language}`, problems))
  if (problems.length > 0) return { ok: false, problems }
  const [vi, en] = texts as [Texts, Texts]
  for (const [texts, name] of [[vi, 'wording.vi'] as const, [en, 'wording.en'] as const]) {
    checkTexts(texts, name, problems)
    checkStates(texts, name, problems)
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, wording: { vi: wordsOf(vi, 'vi'), en: wordsOf(en, 'en') } }
}

/** The same for callers that have checked before: throws on a problem. */
export function openWording(files: Readonly<Record<'vi' | 'en', string>>): Wording {
  const result = loadWording(files)
  if (result.ok) return result.wording
  const said = result.problems.map(({ path, message }) => `${path} ${message}`).join('; ')
  throw new GatewayError('config-invalid', `wording: ${said}`, false)
}

/** Words that always follow the current `wording`: a room keeps this object, and a reload shows in the next text. */
export function followWording(wording: Live<Wording>): Wording {
  const follow = (language: 'vi' | 'en'): Words => ({
    language,
    get states() {
      return wording.now[language].states
    },
    text: (...asked) => wording.now[language].text(...asked),
    pieces: (key) => wording.now[language].pieces(key),
  })
  return { vi: follow('vi'), en: follow('en') }
}

/** Dotted key → template. */
type Texts = Map<string, string>

function readTexts(file: string, name: string, problems: ConfigProblem[]): Texts {
  const texts: Texts = new Map()
  const read = readYaml(file)
  if ('problem' in read) {
    problems.push({ path: name, message: `${file}: ${read.problem}` })
    return texts
  }
  for (const [key, value] of leavesOf(read.value)) {
    const message = key === '' ? 'must be a YAML mapping' : problemOf(value)
    if (message === undefined) texts.set(key, (value as string).normalize('NFC').trim())
    else problems.push({ path: key === '' ? name : `${name}.${key}`, message })
  }
  return texts
}

/** Every value that is not a mapping, with its dotted key. */
function* leavesOf(value: unknown, key = ''): Generator<[key: string, value: unknown]> {
  if (!isRecord(value)) yield [key, value]
  else for (const [part, inner] of Object.entries(value)) yield* leavesOf(inner, pathIn(key, part))
}

function problemOf(template: unknown): string | undefined {
  if (typeof template !== 'string') return 'must be a string'
  if (template.trim() === '') return 'is empty'
  if (/[{}]/.test(template.replace(/\{[a-zA-Z]+\}/g, ''))) return 'has a brace that is no {placeholder}'
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(template))
    return 'holds a control character'
  return undefined
}

const expected: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(wordingKeys))

function checkTexts(texts: Texts, name: string, problems: ConfigProblem[]): void {
  for (const [key, wanted] of expected) {
    const path = `${name}.${key}`
    const text = texts.get(key)
    if (text === undefined) {
      problems.push({ path, message: 'is missing' })
      continue
    }
    const given = placeholders(text)
    for (const one of wanted)
      if (!given.delete(one)) problems.push({ path, message: `lacks the placeholder {${one}}` })
    for (const one of given) problems.push({ path, message: `has {${one}}, which is not filled here` })
  }
  for (const key of texts.keys())
    if (!expected.has(key) && !key.startsWith('states.'))
      problems.push({ path: `${name}.${key}`, message: 'is not a known text; is it misspelt?' })
}

const situationsOf = Object.entries(situations).map(
  ([status, its]) => [status, Object.entries<readonly string[]>(its)] as const,
)

function checkStates(texts: Texts, name: string, problems: ConfigProblem[]): void {
  const known = new Set<string>()
  const expect = (situation: string, required: readonly string[]) => {
    for (const key of stateKeys) known.add(`states.${situation}.${key}`)
    for (const key of required)
      if (!texts.has(`states.${situation}.${key}`))
        problems.push({ path: `${name}.states.${situation}.${key}`, message: 'is missing' })
  }
  for (const [status, its] of situationsOf) {
    expect(status, stateKeys)
    for (const [situation, own] of its) expect(`${status}.${situation}`, own)
  }
  for (const [key, text] of texts) {
    if (!key.startsWith('states.')) continue
    const path = `${name}.${key}`
    if (!known.has(key)) problems.push({ path, message: 'is not a state or not a text of one' })
    else if (placeholders(text).size > 0) problems.push({ path, message: 'must not have placeholders' })
    else if (key.endsWith('.sms')) checkSms(text, path, problems)
  }
}

function checkSms(text: string, path: string, problems: ConfigProblem[]): void {
  const plain = withoutAccents(text)
  // In GSM 03.38 these take one septet each; brackets, braces, caret, tilde, bar and backslash take two.
  if (!/^[A-Za-z0-9 .,:;!?()/+\-%&'"=*#<>_@$]*$/.test(plain))
    problems.push({ path, message: 'has a character that does not go into a text message' })
  else if (plain.length > smsLength)
    problems.push({ path, message: `has ${plain.length} characters, ${smsLength} are allowed` })
  if (/:\/\/|www\./i.test(plain)) problems.push({ path, message: 'must not carry a link' })
}

function wordsOf(texts: Texts, language: Words['language']): Words {
  const templates = new Map([...texts].map(([key, text]) => [key, text.split(/\{([a-zA-Z]+)\}/)]))
  const states = {} as Record<string, StateWords>
  for (const [status, its] of situationsOf)
    for (const situation of [status, ...its.map(([one]) => `${status}.${one}`)]) {
      const of = (key: (typeof stateKeys)[number]) =>
        texts.get(`states.${situation}.${key}`) ?? texts.get(`states.${status}.${key}`)!
      states[situation] = {
        label: of('label'),
        meaning: of('meaning'),
        nextAction: of('nextAction'),
        sms: of('sms'),
      }
    }
  const pieces = (key: WordingKey) => {
    const its = templates.get(key)
    if (!its) throw new Error(`no wording for '${key}'`)
    return its
  }
  return {
    language,
    states: states as Record<Situation, StateWords>,
    text: (key, ...[fillings]) => joinPieces(pieces(key), fillings ?? {}),
    pieces,
  }
}

/** The pieces of a text with its placeholders filled. */
export function joinPieces(
  pieces: readonly string[],
  fillings: Readonly<Record<string, string | number>>,
): string {
  let said = pieces[0]!
  for (let at = 1; at < pieces.length; at += 2) said += String(fillings[pieces[at]!] ?? '') + pieces[at + 1]!
  return said
}

function placeholders(text: string): Set<string> {
  return new Set([...text.matchAll(/\{([a-zA-Z]+)\}/g)].map((match) => match[1]!))
}
