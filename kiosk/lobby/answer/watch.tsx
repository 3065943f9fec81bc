// Notices by SMS: a QR code that opens the phone's composer with the text filled in, and the text itself.
import type { KioskSetup } from '../../../src/kiosk/contract.ts'
import { Qr } from '../../parts/qr.tsx'
import { fill, unbroken } from '../../parts/words.ts'
import { asPrinted } from '../visit.ts'
import type { LobbyWords } from '../words.ts'

interface Props {
  words: LobbyWords
  sms: NonNullable<KioskSetup['sms']>
  number: string
  linked: boolean
}

export function Watch({ words: { answer: words }, sms, number, linked }: Props) {
  const shown = asPrinted(number)
  const text = [sms.keywordPrefix, 'DK', number].filter(Boolean).join(' ')
  const textShown = [sms.keywordPrefix, 'DK', shown].filter(Boolean).join(' ')
  return (
    <section class="card watch">
      <Qr
        text={`SMSTO:${sms.shortCode}:${text}`}
        label={fill(words.watchQr, { text: textShown, shortCode: sms.shortCode })}
      />
      <div>
        <h2>{words.watch}</h2>
        <p>
          <span class="watch-scan">{words.watchHow}</span>
          <span class="watch-type">{words.watchType}</span>
        </p>
        <p class="watch-text">
          <strong>{textShown}</strong> <span>{fill(words.watchTo, { shortCode: sms.shortCode })}</span>{' '}
          {sms.price && <span>{unbroken(fill(words.watchPrice, { price: sms.price }))}</span>}
        </p>
        {linked && (
          <p>
            <a class="action watch-send" href={`sms:${sms.shortCode}?body=${encodeURIComponent(text)}`}>
              {words.watchSend}
            </a>
          </p>
        )}
      </div>
    </section>
  )
}
