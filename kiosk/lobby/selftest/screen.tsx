// /kiosk/selftest, run by staff each morning. Network and clock test themselves; touch, scanner, sound and printer need a
// person; the result goes to the server, and the monitor shows it. Loaded only at that URL.
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { KioskSetup } from '../../../src/kiosk/contract.ts'
import { clockOffsetMs, heartbeat, reachable } from '../../parts/api.ts'
import { Check, Stop } from '../../parts/icons.tsx'
import { captureKeys } from '../../parts/keys.ts'
import { Qr } from '../../parts/qr.tsx'
import { readScanned } from '../../parts/scanned.ts'
import { fill } from '../../parts/words.ts'
import { beep } from './beep.ts'
import { type Part, type PartState, parts } from './part-state.ts'
import { PrinterPart } from './printer-part.tsx'
import { TouchGrid, touchSquares } from './touch-grid.tsx'
import { type SelftestWords, selftest } from './words.ts'
import './screen.css'

// Holds every character a slip's code may have: digits, letters of agency codes, dot and dash. The test slip carries the same.
const testText = '000.15.H45-0123456789'
// Signatures and "as of" times stay believable within this.
const clockToleranceMs = 60_000

export function SelftestScreen({ language, setup }: { language: string; setup: KioskSetup }) {
  const words = selftest[language] ?? selftest.vi!
  const [states, setStates] = useState<Record<Part, PartState>>(() => ({
    network: 'waiting',
    clock: 'waiting',
    touch: 'waiting',
    scanner: 'waiting',
    sound: 'waiting',
    printer: setup.kiosk?.hasPrinter ? 'waiting' : 'skipped',
  }))
  const [offset, setOffset] = useState<number>()
  const [read, setRead] = useState('')
  const [sent, setSent] = useState<boolean>()
  const set = useMemo(
    () => (part: Part, state: PartState) => setStates((states) => ({ ...states, [part]: state })),
    [],
  )

  useEffect(() => {
    void reachable().then((is) => set('network', is ? 'ok' : 'failed'))
    void clockOffsetMs().then((off) => {
      setOffset(off)
      set('clock', off !== undefined && Math.abs(off) < clockToleranceMs ? 'ok' : 'failed')
    })
    return captureKeys({
      type: () => false,
      erase: () => {},
      submit: () => {},
      paste: () => {},
      scan: (text) => {
        // A person who tries the scanner with their own card sees nothing of it.
        setRead(readScanned(text).kind === 'number' ? text : '…')
        set('scanner', text === testText ? 'ok' : 'failed')
      },
    })
  }, [set])

  const send = async () => {
    const told = Object.fromEntries(parts.map((part) => [part, ended[states[part]]]))
    setSent(
      await heartbeat({
        version: __VERSION__,
        screen: 'selftest',
        selftest: told,
        ...(offset === undefined ? {} : { clockOffsetMs: offset }),
      }),
    )
  }

  const fail = (part: Part) =>
    (states[part] === 'waiting' || states[part] === 'running') && (
      <button type="button" class="action" onClick={() => set(part, 'failed')}>
        {words.fail}
      </button>
    )

  return (
    <div class="selftest">
      <h1>{words.title}</h1>
      <p class="ask-how">{words.how}</p>
      <PartCard words={words} part="network" state={states.network} />
      <PartCard words={words} part="clock" state={states.clock}>
        {offset !== undefined && <p>{fill(words.clock, { seconds: Math.round(offset / 1000) })}</p>}
      </PartCard>
      <PartCard words={words} part="touch" state={states.touch}>
        <p>{fill(words.touch, { count: touchSquares })}</p>
        <TouchGrid done={() => set('touch', 'ok')} />
        {fail('touch')}
      </PartCard>
      <PartCard words={words} part="scanner" state={states.scanner}>
        <p>{fill(words.scanner, { text: testText })}</p>
        <Qr text={testText} label={testText} />
        {read && <p>{fill(words.scannerGot, { text: read })}</p>}
        {fail('scanner')}
      </PartCard>
      <PartCard words={words} part="sound" state={states.sound}>
        <p>{words.sound}</p>
        <div class="row">
          <button type="button" class="action" onClick={beep}>
            {words.play}
          </button>
          <button type="button" class="action" onClick={() => set('sound', 'ok')}>
            {words.heard}
          </button>
          <button type="button" class="action" onClick={() => set('sound', 'failed')}>
            {words.notHeard}
          </button>
        </div>
      </PartCard>
      <PartCard words={words} part="printer" state={states.printer}>
        {states.printer !== 'skipped' && <PrinterPart words={words} set={(state) => set('printer', state)} />}
        {fail('printer')}
      </PartCard>
      <div class="row">
        <button type="button" class="action action-main" onClick={send}>
          {words.send}
        </button>
        <a class="action" href="/kiosk/">
          {words.leave}
        </a>
      </div>
      <p role="status" class="selftest-sent">
        {sent !== undefined && (sent ? words.sent : words.notSent)}
      </p>
    </div>
  )
}

// A part that began and never finished has failed.
const ended = {
  waiting: 'skipped',
  running: 'failed',
  ok: 'ok',
  failed: 'failed',
  skipped: 'skipped',
} as const

const tones = { waiting: 'still', running: 'go', ok: 'good', failed: 'bad', skipped: 'still' } as const

function PartCard({
  words,
  part,
  state,
  children,
}: {
  words: SelftestWords
  part: Part
  state: PartState
  children?: preact.ComponentChildren
}) {
  return (
    <section class={`card selftest-part tone-${tones[state]}`} data-part={part} data-state={state}>
      <h2>
        {words.parts[part]}
        <span class="selftest-state">
          {state === 'ok' && <Check />}
          {state === 'failed' && <Stop />}
          {words.state[state]}
        </span>
      </h2>
      {children}
    </section>
  )
}
