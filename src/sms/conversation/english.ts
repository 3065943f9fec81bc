// Whether somebody wrote in English. Vietnamese words are single syllables of a closed shape; what does not fit that shape
// is foreign, and a text is English when words that make English sentences outweigh the syllables.

// Initial consonant, vowels, final consonant, without accents: every Vietnamese syllable and no other.
const syllable =
  /^(?:NGH|NG|NH|GH|GI|KH|PH|TH|TR|CH|QU|[BCDGHKLMNPQRSTVX])?(?:UYE|UYA|UOI|UOU|IEU|YEU|OAI|OAY|OAO|OEO|UAY|UYU|AI|AO|AU|AY|EO|EU|IA|IE|IU|OA|OE|OI|OO|UA|UE|UI|UO|UU|UY|YE|[AEIOUY])(?:CH|NG|NH|[CMNPT])?$/

/** Whether capital letters without accents can be a Vietnamese word. */
export const isSyllable = (letters: string) => syllable.test(letters)

// Articles, pronouns, auxiliaries, prepositions and question words are few in any language, and no English sentence does
// without them; beside them the words this service is asked about.
const english = new Set(
  (
    'A AN THE THIS THAT THESE THERE HERE I YOU YOUR MY ME WE OUR US IT ITS HE SHE HIS HER THEY IS ARE AM WAS WERE BE BEEN ' +
    'HAS HAVE HAD DO DOES DID DONE CAN COULD WOULD WILL SHALL SHOULD MAY MUST NOT NO YES ANY SOME OF TO IN ON AT FOR FROM ' +
    'WITH BY ABOUT IF AND OR BUT SO WHAT WHEN WHERE WHICH WHO WHY HOW LONG MUCH STILL YET ALREADY AGAIN NOW ' +
    'DEAR SIR MADAM THANK READY WAITING KNOW TELL WANT NEED GET GIVE LIKE LOOKING READ SPEAK SUBMITTED APPLIED ' +
    'APPLICATION DOSSIER DOCUMENT DOCUMENTS PAPERS RESULT RESULTS NUMBER PASSPORT LICENCE LICENSE PERMIT CERTIFICATE OFFICE ' +
    'ENGLISH REFERENCE TRACK TRACKING CHECKING FINISHED COMPLETED APPROVED REJECTED PENDING COLLECT COMPLAIN COMPLAINT'
  ).split(' '),
)
// English words that Vietnamese sentences use as well: alone they prove nothing.
const borrowed = new Set('HELLO HELP HI OK FILE CODE UPDATE STATUS CHECK PLEASE PLS THANKS'.split(' '))

// Words that end or turn a Vietnamese question, and are in no name of a person or a place: "is it done chưa?" is asked by
// somebody who reads Vietnamese.
const turning = new Set('CHUA XONG ROI NHE GIUP GIUM DUOC KHONG VAY'.split(' '))

/** `words`: letters of the words of a text, capital and without accents; `accented`: how many of them carry accents. */
export function isEnglish(words: readonly string[], accented: number): boolean {
  let meant = 0
  let certain = 0
  let foreign = 0
  let vietnamese = accented
  for (const word of words) {
    if (turning.has(word)) return false
    const isSyllable = syllable.test(word)
    // A single letter is that of a code.
    if (!isSyllable && word.length > 1) foreign++
    if (borrowed.has(word)) meant++
    else if (english.has(word)) {
      meant++
      if (!isSyllable) certain++
    } else if (isSyllable && word.length > 1) vietnamese++
  }
  if (vietnamese === 0 && foreign > 0 && meant > 2) return true
  return certain > 0 && meant > 1 && meant > vietnamese
}
