// Somebody who says that they want to complain is told how: "tôi muốn khiếu nại …". Only PA files a complaint; a sentence
// about complaints may be about anything.
import type { Word } from './text.js'

const complain = new Set([
  'KHIEUNAI',
  'PHANANH',
  'TOCAO',
  'TOGIAC',
  'GOPY',
  'KIENNGHI',
  'PHANNAN',
  'COMPLAIN',
  'COMPLAINT',
])
const wish = new Set(
  'MUON XIN CAN DUOC CHO GUI DE NGHI CAU PHAI SE DINH DI TO A WANT'.split(' '), // đề nghị, yêu cầu: their second syllables
)
const who = new Set('TOI TUI EM MINH CHAU CON ANH CHI CO CHU BAC'.split(' ')) // cho tôi phản ánh
// A wish stands near the beginning; further on it is part of a story.
const within = 12

/** Whether the words say that their writer wants to complain. */
export function wantsToComplain(words: readonly Word[]): boolean {
  const said = words.slice(0, within).map(({ letters }) => letters)
  return said.some((word, at) => {
    const isComplaint = complain.has(word) || complain.has(`${word}${said[at + 1] ?? ''}`)
    const before = who.has(said[at - 1] ?? '') ? at - 2 : at - 1
    // "đã gửi khiếu nại" is done, and no wish.
    return isComplaint && (before < 0 || (wish.has(said[before] ?? '') && said[before - 1] !== 'DA'))
  })
}

const ticket =
  /(?<![\p{L}\p{N}.-])(\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])) ?[-\u2010-\u2015./_ ] ?(\d{3})(?![\p{N}-]|\.\d)/u

/** The ticket of a complaint that a text names, as it was given out; no dossier number has its shape. */
export function ticketIn(text: string): string | undefined {
  const [, day, nth] = ticket.exec(text) ?? []
  return day && `${day}-${nth}`
}

const asks = new Set(['CHUA', 'BAOGIO', 'KHINAO', 'DENDAU', 'TOIDAU', 'LAMSAO', 'THENAO', 'WHEN', 'WHERE'])

/** Whether the words ask how something stands. */
export function asksState(text: string, words: readonly Word[]): boolean {
  if (text.includes('?')) return true
  return words.some(
    ({ letters }, at) => asks.has(letters) || asks.has(`${letters}${words[at + 1]?.letters ?? ''}`),
  )
}
