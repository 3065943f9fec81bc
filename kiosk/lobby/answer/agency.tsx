// Who decides, and how to reach them. On a kiosk nothing is a link: there is nowhere to go.
import type { Answer } from '../../../src/kiosk/contract.ts'
import { Phone, Pin } from '../../parts/icons.tsx'
import { telephonesIn } from '../../parts/telephones.ts'
import type { LobbyWords } from '../words.ts'

interface Props {
  words: LobbyWords
  language: string
  answer: Answer
  linked: boolean
}

export function Agency({ words, answer: { agency }, linked }: Props) {
  return (
    <section class="card">
      <h2>{words.answer.agency}</h2>
      <p class="agency-title">{agency.name}</p>
      {agency.phone && (
        <p class="agency-line">
          <Phone />
          <span class="sr">{words.answer.phone}</span>
          {linked ? (
            <span>
              {telephonesIn(agency.phone).map(({ text, dial }) =>
                dial ? <a href={`tel:${dial}`}>{text}</a> : text,
              )}
            </span>
          ) : (
            <strong>{agency.phone}</strong>
          )}
        </p>
      )}
      {agency.address && (
        <p class="agency-line">
          <Pin />
          <span>{agency.address}</span>
        </p>
      )}
    </section>
  )
}
