// One dossier at a time: the input, its dossier, and the next possible action.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { SlipPreview } from '../../../src/desk/contract.ts'
import type { Answer } from '../../../src/kiosk/contract.ts'
import { type DeskProblem, lookUp, newName, printReceipt, slipPreview } from '../../parts/api.ts'
import { isCard, isEndOf, type Read, readScanned, readTyped } from '../../parts/scanned.ts'

/** The current message; `detail` is the gateway's own text on what is wrong with the number. */
export interface Message {
  problem: DeskProblem | 'identity' | 'other-number' | 'no-number' | 'link' | 'unsure' | 'again'
  detail?: string
  suggestion?: string
  /** The number of a slip that was not printed, when another number stands in the field. */
  about?: string
}

interface Found {
  answer?: Answer
  slip?: SlipPreview
  message?: Message
}

const nothing: Found = {}
const noSlip = { ok: false, problem: 'unreadable' } as const

export function useCounter(desk: string, language: string, isBlind: boolean) {
  const [number, showNumber] = useState('')
  const [found, showFound] = useState<Found>(nothing)
  const [isBusy, showBusy] = useState(false)
  const [jobId, setJobId] = useState<string>()
  // The current value, synchronously: a scanner's keys come faster than renders.
  const now = useRef({ number: '', found: nothing, isBusy: false, isBlind, language })
  const turn = useRef(0)
  // Names the slip of the number in the field, so that asking for it again without a response makes no second one.
  const wish = useRef<string | undefined>(undefined)
  now.current.isBlind = isBlind
  now.current.language = language

  const setFound = useCallback((next: Found) => {
    now.current.found = next
    showFound(next)
  }, [])
  const setNumber = useCallback(
    (next: string) => {
      if (next !== now.current.number) wish.current = undefined
      now.current.number = next
      showNumber(next)
      setFound(nothing)
    },
    [setFound],
  )
  /** Puts a text into the field. True: it was somebody's card, and it is gone. */
  const write = useCallback(
    (text: string) => {
      const isNobodys = isCard(text)
      setNumber(isNobodys ? '' : text)
      if (isNobodys) setFound({ message: { problem: 'identity' } })
      return isNobodys
    },
    [setNumber, setFound],
  )
  const waiting = useCallback((is: boolean) => {
    now.current.isBusy = is
    showBusy(is)
  }, [])

  const ask = useCallback(
    async (read: Read) => {
      // A personal number is cleared from the screen and never sent.
      if (read.kind !== 'number') {
        setNumber('')
        return setFound({ message: { problem: read.kind } })
      }
      const asked = read.text
      setNumber(asked)
      const mine = ++turn.current
      waiting(true)
      const looking = lookUp(asked, now.current.language, newName())
      const [outcome, slip] = await Promise.all([
        looking,
        isNumberAlone(asked)
          ? slipPreview(desk, asked)
          : looking.then((its) => (its.kind === 'found' ? slipPreview(desk, its.answer.dossierNo) : noSlip)),
      ])
      if (mine !== turn.current) return
      waiting(false)
      if (now.current.number !== asked) return
      const answer = outcome.kind === 'found' ? { answer: outcome.answer } : {}
      // The slip before may have failed meanwhile; its message must stay readable.
      if (slip.ok) setFound({ ...now.current.found, ...answer, slip: slip.value })
      else if (outcome.kind === 'found') setFound({ ...answer, message: { problem: slip.problem } })
      else setFound({ message: messageOf(outcome, slip.problem) })
    },
    [desk, setNumber, setFound, waiting],
  )
  const look = useCallback(
    async (text: string) => {
      if (text.trim() !== '') await ask(readTyped(text))
    },
    [ask],
  )
  const scan = useCallback((text: string) => ask(readScanned(text)), [ask])

  // The gateway words the state, so another language needs another request.
  useEffect(() => {
    const { found, number } = now.current
    if (found.answer || found.message?.detail) void look(number)
  }, [language, look])

  const print = useCallback(async () => {
    const { found, number, isBusy, isBlind } = now.current
    if (!found.slip || isBusy || isBlind) return
    waiting(true)
    wish.current ??= newName()
    const made = await printReceipt(desk, found.slip.dossierNo ?? number, wish.current)
    waiting(false)
    // The next slip may have been scanned meanwhile.
    const isNext = now.current.number !== number
    if (made.ok) {
      setJobId(made.value.jobId)
      if (!isNext) setNumber('')
      return
    }
    // Without a response it is unknown whether the slip is queued. Repeating the request under its name makes no second slip.
    setFound({
      ...now.current.found,
      message: {
        problem: made.problem !== 'unavailable' ? made.problem : isNext ? 'unsure' : 'again',
        ...(isNext ? { about: found.slip.dossierNo ?? number } : {}),
      },
    })
  }, [desk, setNumber, setFound, waiting])

  // Enter does the next sensible thing: look up, then print. Key repeat or a double press never prints twice.
  const enter = useCallback(
    (whole?: string) => {
      if (now.current.isBusy) return
      if (now.current.found.slip) void print()
      else if (whole !== undefined && !isEndOf(now.current.number, whole)) void scan(whole)
      else void look(now.current.number)
    },
    [look, scan, print],
  )

  return { number, found, isBusy, jobId, now, setNumber, write, look, scan, print, enter }
}

/** Whether a text is a number and nothing else: words beside it may be somebody's name, which no address may hold. */
const isNumberAlone = (text: string) =>
  /^[0-9A-Z./_ -]+$/.test(text) && text.split(' ').every((part) => /\d/.test(part))

type Unfound = Exclude<Awaited<ReturnType<typeof lookUp>>, { kind: 'found' }>

function messageOf(outcome: Unfound, otherwise: DeskProblem): Message {
  switch (outcome.kind) {
    case 'unreadable':
      return {
        problem: 'unreadable',
        ...(outcome.detail ? { detail: outcome.detail } : {}),
        ...(outcome.suggestion ? { suggestion: outcome.suggestion } : {}),
      }
    case 'offline':
      return { problem: 'unavailable' }
    case 'unknown':
      return { problem: otherwise === 'unavailable' ? 'unavailable' : 'unknown' }
    default:
      return { problem: outcome.kind }
  }
}
