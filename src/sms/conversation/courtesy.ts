// Texts that end a conversation instead of asking: thanks, "ok", a thumbs-up. They get no reply.
import { hasAccents, lettersOf, mayMean, type Word } from './text.js'

const set = (words: string) => new Set(words.split(' '))

// Words that thank, greet or agree on their own, in people's hurried spellings.
const thanks = set(
  'CHUC CAMON CAMUN CMON CAMOWN THANKS THANK THANKYOU THX TKS TK TKU THKS TNX TY THANKIU THANKU CAMTA DATA MERCI CHEERS BIETON DOION MANGON BYE TAMBIET CAMMON KAMON APPRECIATED ' +
    'HPNY CMNM HAPYNEW HAPYTET HAPYLUNAR MERYCHRISTMAS',
)
const agrees = set(
  'OK OKE OKI OKIE OKEY OKAY OKELA OKLA OKAN OKNHA OKRUI K KK UH UHM UM U UHU UK UKM UA VANG VG VAG DA DUOC DC DK DCR ROI R TOT GOOD ' +
    'GREAT NICE PERFECT FINE YES YEP YEAH SURE ROGER NOTED RECEIVED UNDERSTOOD GOTIT COOL AWESOME EXCELLENT RO TUYET TUYETVOI HAYQUA TOTQUA DZA',
)
// Words around them: whom somebody thanks, how much, how politely, and what for.
const around = set(
  'A AH AK NHA NHE NHEN NHOA NHIEU NHIU RAT LAM QUA VO CUNG XIN CHAN THANH TRAN TRONG EM E ANH AN CHI CO CHU BAC ONG BA CHAU ' +
    'CON BAN B MINH M TOI T AD ADMIN SHOP CAC MOI NGUOI CAN BO QUY CO QUAN TRUNG TAM HE THONG NHAN VIEN VI DA DUOC DC ROI R GIUP ' +
    'DO HO TRO TRA LOI THONG TIN BAO TIN NHAN HIEU BIET THE VAY TOT HAY GHE NHAT TIEN YOU SO MANY VERY MUCH A LOT FOR WITH YOUR ' +
    'THE HELP REPLY INFORMATION QUICK ALL SIR MADAM KINDLY PHANHOI LUON JOB WELL ' +
    'TUI NGHEN HEN NGHE THAY DOC KINH YEAR',
)
// Words that ask, or reverse the sense: thanks with any of these may want something. Repeated letters are collapsed here
// too.
const asks = set(
  'HOI CHUA BAO BAONHIEU SAO GI NAO DAU MAY NHUNG MUON TRACU HUONGDAN KHI KHONG KO KHG HOK HEM HONG MO RANG LAU SAI NHAM CHO ' +
    'WHEN WHAT WHERE HOW WHY BUT STIL NOT IS ARE READY DONE',
)

/** Whether the text only thanks, agrees, or is a picture or two. It has no number that can be read. */
export function isCourtesy(text: string, words: readonly Word[]): boolean {
  if (text.includes('?')) return false
  if (isPicture(text)) return true
  if (words.length > 14 || /\p{Nd}{3}/u.test(text) || words.some(({ typed }) => isSurprise(typed)))
    return false
  const said = joinThanks(words.map(({ letters }) => (isKnown(letters) ? letters : withoutRepeats(letters))))
  if (said.length > 0 && said.every(isLaughter)) return true
  // "k được", "k biết": không.
  if (said[0] === 'K' && said.length > 1 && !said.some((word) => thanks.has(word))) return false
  if (said.every(isKnown))
    return said.some((word) => thanks.has(word) || (agrees.has(word) && !said.some(isWish)))
  // "Cảm ơn" may be followed by anything that does not ask.
  const first = said.findIndex((word) => !around.has(word) && !agrees.has(word))
  return thanks.has(said[first] ?? '') && !said.some((word) => asks.has(word))
}

// A year, a day, an hour.
const day =
  /(?<![\p{L}\p{N}/:.-])(?:(?:19|20)\d\d|\d{1,2}[/-]\d{1,2}(?:[/-](?:20)?\d\d)?|\d{1,2}[:h](?:\d\d)?)(?![\p{L}\p{N}/:-])/giu

/** Whether the text is such a courtesy with a date in it: "Chúc mừng năm mới 2027", "Cảm ơn, đã nhận lúc 08:15". */
export function isDatedCourtesy(text: string, words: readonly Word[]): boolean {
  const rest = text.replace(day, ' ')
  return rest !== text && !/\p{Nd}/u.test(rest) && isCourtesy(rest, words)
}

// "Dạ giúp em" and "ok, báo tôi" ask for something. After thanks the same words say what the thanks are for.
const isWish = (word: string) => word === 'GIUP' || word === 'HO' || word === 'BAO' || word === 'HELP'

// "Ủa" wonders; "ừa", with the same letters, agrees.
const isSurprise = (typed: string) => hasAccents(typed) && mayMean(typed, 'ỦA')

const isKnown = (word: string) => thanks.has(word) || agrees.has(word) || around.has(word)

// "haha", "hihihi", "kkk".
const isLaughter = (word: string) => /^(?:(?:H[AEIU]){2,}H?|K|KAKA|HIX)$/.test(word)

// "okkk", "cam onnn", "nhaaa": a letter held down is one letter.
const withoutRepeats = (letters: string) => letters.replace(/(.)\1+/g, '$1')

// CAM ON is two words for one thing; OK and the like may stand apart from their tail. HAPY: a doubled letter counts once here.
const pairs = set(
  'CAMON CAMUN DATA CAMTA BIETON DOION MANGON GOTIT TUYETVOI HAYQUA PHANHOI TAMBIET TRACU HUONGDAN CAMMON KAMON OKE BAONHIEU ' +
    'HAPYNEW HAPYTET HAPYLUNAR MERYCHRISTMAS',
)
function joinThanks(words: readonly string[]): string[] {
  const joined: string[] = []
  for (let at = 0; at < words.length; at++) {
    const pair = `${words[at]}${words[at + 1] ?? ''}`
    if (pairs.has(pair)) {
      joined.push(pair)
      at++
    } else joined.push(words[at]!)
  }
  return joined
}

// Emoji, a flag, or a face made of marks: ":)", "=))", "^^", "<3", ":v".
function isPicture(text: string): boolean {
  const seen = text.trim()
  if (/[\p{Extended_Pictographic}\p{Regional_Indicator}]/u.test(seen))
    return lettersOf(seen) === '' && !/\p{Nd}{2}/u.test(seen)
  // One mark at a time: with nested repetition, thirty brackets and a stop would take minutes.
  return /^(?:[:;=xX]?-?[)(\]dDpPvV3*<>^'_]\s*)+$/.test(seen) && /[:;=^<]/.test(seen)
}
