// Messages on how a file was read, or why it was not, from the wording files.
import type { Wording } from '../../dossier/wording.js'
import type { WordingKey } from '../../dossier/wording-keys.js'
import type { Reading } from './files.js'
import type { Remark } from './survey.js'
import type { FileRefusal } from './tables/table.js'

export type Language = 'vi' | 'en'

// The keys of both sets are in the list of wordings with their fillings; a test compares them.
function say(wording: Wording, language: Language, key: string, about: Remark['about']): string {
  const shown = Object.entries(about).map(([name, value]) => [name, day(value, language)])
  const text = wording[language].text as (key: WordingKey, about: object) => string
  return text(key as WordingKey, Object.fromEntries(shown))
}

// A day in a message is written out: in digits it would be as ambiguous as what it explains.
function day(value: string | number, language: Language): string | number {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(String(value)) ?? []
  if (year === undefined) return value
  if (language === 'vi') return `ngày ${Number(day)} tháng ${Number(month)} năm ${year}`
  return new Date(`${value}T00:00:00Z`).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}

/** Why a file is not read. */
export function refusalText({ code, about }: FileRefusal, wording: Wording, language: Language): string {
  return say(wording, language, `file.refused.${code}`, about)
}

/** One sentence for each thing worth knowing: dates, doubled columns, words nobody knows … */
export function remarkTexts({ remarks }: Reading, wording: Wording, language: Language): string[] {
  return remarks.map(({ code, about }) => say(wording, language, `file.told.${code}`, about))
}

/** The use of each column, for people and programs. */
export function columnsOf({ plan, sheet }: Reading) {
  const { columns } = plan
  return {
    ...(sheet === '' ? {} : { sheet }),
    read: Object.fromEntries([...columns.places].map(([field, place]) => [field, columns.headings[place]!])),
    unread: columns.unread,
    people: columns.people,
    unknownStatuses: plan.unknownStatuses,
  }
}
