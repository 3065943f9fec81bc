// Texts that end a conversation instead of asking: thanks, "ok", a thumb. They want no reply, and none is sent.
import { lettersOf, type Word } from './text.js'

const set = (words: string) => new Set(words.split(' '))

// What thanks or agrees by itself, as people spell it in a hurry.
const thanks = set(
  'CAMON CAMUN CMON CAMOWN THANKS THANK THANKYOU THX TKS TKU THKS TNX TY THANKIU THANKU CAMTA DATA MERCI',
)
const agrees = set(
  'OK OKE OKI OKIE OKEY OKAY OKELA OKLA OKAN OKNHA OKRUI K KK UH UHM UM U UHU UK UKM UA VANG VG VAG DA DUOC DC DK DCR ROI R TOT GOOD ' +
    'GREAT NICE PERFECT FINE YES YEP YEAH SURE ROGER NOTED',
)
// What is said around them: whom it is said to, how much, how politely, and what for.
const around = set(
  'A AH AK NHA NHE NHEN NHOA NHIEU NHIU RAT LAM QUA VO CUNG XIN CHAN THANH TRAN TRONG EM E ANH AN CHI CO CHU BAC ONG BA CHAU ' +
    'CON BAN B MINH M TOI T AD ADMIN SHOP CAC MOI NGUOI CAN BO QUY CO QUAN TRUNG TAM HE THONG NHAN VIEN VI DA DUOC DC ROI R GIUP ' +
    'DO HO TRO TRA LOI THONG TIN BAO TIN NHAN HIEU BIET THE VAY TOT HAY GHE NHAT YOU SO VERY MUCH A LOT FOR YOUR THE HELP REPLY ' +
    'INFORMATION QUICK ALL SIR MADAM VERY KINDLY',
)
// What asks, or takes it back: thanks with any of these in it may want something. Letters held down are one letter here too.
const asks = set(
  'HOI CHUA BAO SAO GI NAO DAU MAY NHUNG MUON TRACU HUONGDAN KHI KHONG KO CHO WHEN WHAT WHERE HOW WHY BUT STIL NOT',
)

/** Whether the text only thanks, agrees, or is a picture or two. It has no number that can be read. */
export function isCourtesy(text: string, words: readonly Word[]): boolean {
  if (text.includes('?')) return false
  if (isPicture(text)) return true
  if (words.length > 14 || /\p{Nd}{3}/u.test(text)) return false
  const said = joinThanks(words.map(({ letters }) => (isKnown(letters) ? letters : calm(letters))))
  if (said.every(isKnown)) return said.some((word) => thanks.has(word) || agrees.has(word))
  // "Cảm ơn …": what for may be anything that does not ask.
  const first = said.findIndex((word) => !around.has(word) && !agrees.has(word))
  return thanks.has(said[first] ?? '') && !said.some((word) => asks.has(word))
}

const isKnown = (word: string) => thanks.has(word) || agrees.has(word) || around.has(word)

// "okkk", "cam onnn", "nhaaa": a letter held down is one letter.
const calm = (letters: string) => letters.replace(/(.)\1+/g, '$1')

// CAM ON is two words for one thing; OK and the like may stand apart from their tail.
function joinThanks(words: readonly string[]): string[] {
  const joined: string[] = []
  for (let at = 0; at < words.length; at++) {
    const pair = `${words[at]}${words[at + 1] ?? ''}`
    if (/^(?:CAMON|CAMUN|DATA|CAMTA|TRACU|HUONGDAN)$/.test(pair)) {
      joined.push(pair)
      at++
    } else joined.push(words[at]!)
  }
  return joined
}

// Emoji, or a face made of marks: ":)", "=))", "^^", "<3".
function isPicture(text: string): boolean {
  const seen = text.trim()
  if (/\p{Extended_Pictographic}/u.test(seen)) return lettersOf(seen) === '' && !/\p{Nd}{2}/u.test(seen)
  // One mark at a time: with a repetition in the repetition, thirty brackets and a stop would take minutes.
  return /^(?:[:;=xX]?-?[)(dDpP3*<>^'_]\s*)+$/.test(seen) && /[:;=^<]/.test(seen)
}
