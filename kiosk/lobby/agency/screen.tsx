// Half a long number is known from where it was handed in: choosing the office fills it in.
import { Back, Forward } from '../../parts/icons.tsx'
import type { LobbyWords } from '../words.ts'
import './screen.css'

interface Props {
  words: LobbyWords
  agencies: { code: string; name: string }[]
  /** Empty: the person types the whole number. */
  choose(code: string): void
  back(): void
}

export function AgencyScreen({ words, agencies, choose, back }: Props) {
  return (
    <div class="ask ask-offices">
      <section class="ask-question">
        <h1>{words.agency.title}</h1>
        <p class="ask-how">{words.agency.how}</p>
      </section>
      <section class="agencies">
        <ul class="agency-list" aria-label={words.agency.list}>
          {agencies.map(({ code, name }) => (
            <li key={code}>
              <button type="button" class="agency" onClick={() => choose(code)}>
                <span class="agency-name">{name}</span>
                <span class="agency-code">{code}</span>
                <Forward />
              </button>
            </li>
          ))}
        </ul>
        <div class="row">
          <button type="button" class="action" onClick={back}>
            <Back />
            {words.agency.back}
          </button>
          <button type="button" class="action" onClick={() => choose('')}>
            {words.agency.other}
          </button>
        </div>
      </section>
    </div>
  )
}
