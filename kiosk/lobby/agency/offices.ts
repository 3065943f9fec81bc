// A province has thousands of units: search by their usual names, with or without accents, or by kind.

export interface Office {
  code: string
  name: string
}

interface Group {
  name: string
  offices: Office[]
}

/** This many fit a screen without groups. */
export const fewOffices = 12

// Prefixes of unit names. A unit with none of them is listed under "others".
const kinds = [
  'Sở',
  'Ban',
  'Chi cục',
  'Chi nhánh',
  'Trung tâm',
  'Công an',
  'Phường',
  'Xã',
  'Đặc khu',
  'Thị trấn',
  'Huyện',
  'Thị xã',
  'Thành phố',
  'Quận',
]
const council = /^(UBND|Ủy ban nhân dân|Uỷ ban nhân dân)\s+/i

/** Lower case without accents: plain keys find `Sở Xây dựng`. */
const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase()

/** The kinds of units, in the order above, each with its units by name. */
export function groupsOf(offices: readonly Office[], others: string): Group[] {
  const groups = new Map([...kinds, others].map((name) => [name, [] as Office[]]))
  for (const office of offices) {
    const name = plain(office.name.replace(council, ''))
    const kind = kinds.find((kind) => name.startsWith(`${plain(kind)} `)) ?? others
    groups.get(kind)!.push(office)
  }
  return [...groups]
    .filter(([, its]) => its.length > 0)
    .map(([name, its]) => ({ name, offices: its.sort((a, b) => a.name.localeCompare(b.name, 'vi')) }))
}

// Typed as written on the screen or in full.
const councilWords = ['ubnd', 'uy ban nhan dan']

/** The units whose name or code contains every word typed; those that begin with it first. */
export function search(offices: readonly Office[], typed: string): Office[] {
  const words = plain(typed).split(/\s+/).filter(Boolean)
  const [first = ''] = words
  return (
    offices
      .map((office) => {
        const name = plain(office.name.replace(council, ''))
        const names = council.test(office.name) ? councilWords.map((word) => `${word} ${name}`) : []
        return { office, text: [name, office.code.toLowerCase(), ...names].join(' ') }
      })
      // Also match input typed without spaces.
      .filter(({ text }) => {
        const close = text.replaceAll(' ', '')
        return words.every((word) => text.includes(word) || close.includes(word))
      })
      .sort((a, b) => Number(b.text.startsWith(first)) - Number(a.text.startsWith(first)))
      .map(({ office }) => office)
  )
}
