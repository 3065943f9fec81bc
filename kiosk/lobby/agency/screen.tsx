// The issuing office determines half of a long number: choosing it fills that in. A few offices are a list; thousands are
// searched by name or opened by kind.
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Back, Forward, Search } from '../../parts/icons.tsx'
import { Keypad } from '../../parts/keypad.tsx'
import { fill } from '../../parts/words.ts'
import type { Screen } from '../visit.ts'
import type { LobbyWords } from '../words.ts'
import { fewOffices, groupsOf, type Office, search } from './offices.ts'
import './screen.css'

interface Props {
  words: LobbyWords
  screen: Extract<Screen, { name: 'agency' }>
  kiosk: boolean
  agencies: Office[]
  /** Empty: the person types the whole number. */
  choose(code: string): void
  back(): void
  type(char: string): void
  erase(): void
  put(text: string): void
}

// More would be neither read nor rendered quickly; the screen says how many are left out.
const shownAtOnce = 40

export function AgencyScreen({ words: all, screen, kiosk, agencies, choose, back, ...pad }: Props) {
  const { agency: words } = all
  const isLong = agencies.length > fewOffices
  return (
    <div class="ask ask-offices">
      <section class="ask-question">
        <h1>{words.title}</h1>
        <p class="ask-how">{isLong ? words.find : words.how}</p>
      </section>
      <section class="agencies">
        {isLong ? (
          <Finder
            words={all}
            typed={screen.typed}
            kiosk={kiosk}
            agencies={agencies}
            choose={choose}
            {...pad}
          />
        ) : (
          <Offices label={words.list} offices={agencies} choose={choose} />
        )}
        <div class="row">
          <button type="button" class="action" onClick={back}>
            <Back />
            {words.back}
          </button>
          <button type="button" class="action" onClick={() => choose('')}>
            {words.other}
          </button>
        </div>
      </section>
    </div>
  )
}

interface OfficesProps {
  label: string
  offices: readonly Office[]
  choose(code: string): void
}

const Offices = ({ label, offices, choose }: OfficesProps) => (
  <ul class="agency-list" aria-label={label}>
    {offices.map(({ code, name }) => (
      <li key={code}>
        <button type="button" class="agency" onClick={() => choose(code)}>
          <span class="agency-name">{name}</span>
          <span class="agency-code">{code}</span>
          <Forward />
        </button>
      </li>
    ))}
  </ul>
)

type FinderProps = Pick<Props, 'words' | 'kiosk' | 'agencies' | 'choose' | 'type' | 'erase' | 'put'> & {
  typed: string
}

function Finder({ words: all, typed, kiosk, agencies, choose, type, erase, put }: FinderProps) {
  const { agency: words } = all
  const [open, setOpen] = useState<string>()
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), [])
  const groups = useMemo(() => groupsOf(agencies, words.others), [agencies, words.others])
  const group = groups.find(({ name }) => name === open)
  const found = typed === '' ? (group?.offices ?? []) : search(agencies, typed)
  const isSearching = typed !== '' || group !== undefined
  const left = found.length - shownAtOnce
  return (
    <>
      <label class="field-label" for="office">
        <Search />
        {words.search}
      </label>
      <input
        id="office"
        class="field field-office"
        ref={field}
        inputMode={kiosk ? 'none' : 'search'}
        autocomplete="off"
        spellcheck={false}
        data-own-keys={kiosk ? undefined : true}
        value={typed}
        onInput={(event) => put(event.currentTarget.value.toUpperCase())}
      />
      {isSearching ? (
        <>
          <p class="agency-count" role="status">
            {group && typed === '' && (
              <button type="button" class="agency-kind" onClick={() => setOpen(undefined)}>
                <Back />
                {group.name}
              </button>
            )}
            <span>
              {found.length === 0
                ? words.none
                : left > 0
                  ? fill(words.more, { shown: shownAtOnce, count: found.length })
                  : fill(words.found, { count: found.length })}
            </span>
          </p>
          <Offices label={words.list} offices={found.slice(0, shownAtOnce)} choose={choose} />
        </>
      ) : (
        <ul class="agency-kinds" aria-label={words.kinds}>
          {groups.map(({ name, offices }) => (
            <li key={name}>
              <button type="button" class="agency-kind" onClick={() => setOpen(name)}>
                {name} <span class="agency-code">{offices.length}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {kiosk && <Keypad words={all.keypad} kind="words" type={type} erase={erase} clear={() => put('')} />}
    </>
  )
}
