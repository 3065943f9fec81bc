// Every text the program asks of the wording files, with what it fills in. This is the one place to add a key: the
// compiler then refuses a call that names another key or forgets a placeholder, and a file that lacks the key is refused
// at start and at a reload. The states (`states.<state>.label` and so on) are not here, they follow from the ten states.

/** Dotted key → the {placeholders} its text must have, in both languages. */
export const wordingKeys = {
  'apology.moved': [],
  'apology.overdue': [],
  'apology.late': [],

  'problem.malformed-json': [],
  'problem.invalid': [],
  'problem.unreadable': [],
  'problem.unauthorized': [],
  'problem.forbidden': [],
  'problem.unknown': [],
  'problem.too-slow': [],
  'problem.under-way': [],
  'problem.key-reused': [],
  'problem.too-large': [],
  'problem.wrong-content-type': [],
  'problem.too-many-requests': [],
  'problem.internal': [],
  'problem.unavailable': [],
  'problem.withheld': [],

  'file.refused.empty': [],
  'file.refused.password': [],
  'file.refused.not-a-table': ['kind'],
  'file.refused.damaged': [],
  'file.refused.too-large': [],
  'file.refused.too-slow': [],
  'file.refused.encoding': [],
  'file.refused.open-quote': ['line'],
  'file.refused.long-line': ['line'],
  'file.refused.no-number-column': [],
  'file.refused.which-sheet': ['sheets'],
  'file.refused.no-such-sheet': ['sheet', 'sheets'],
  'file.refused.hidden-sheet': ['sheet'],
  'file.refused.date-order': ['column', 'value', 'dayFirst', 'monthFirst'],
  'file.refused.date-mixed': ['column', 'dayFirst', 'monthFirst'],
  'file.refused.date-swapped': ['column', 'value'],
  'file.refused.person-column': ['column'],
  'file.told.day-first-proven': ['column', 'value'],
  'file.told.month-first-proven': ['column', 'value'],
  'file.told.day-first-likely': ['column', 'value'],
  'file.told.month-first-likely': ['column', 'value'],
  'file.told.day-first-as': ['column', 'other'],
  'file.told.month-first-as': ['column', 'other'],
  'file.told.day-first-usual': ['column', 'value'],
  'file.told.decimals': ['column', 'sign'],
  'file.told.name-without-code': ['column'],
  'file.told.no-dates': ['column'],
  'file.told.doubled': ['column'],
  'file.told.hidden': ['sheet'],
  'file.told.other-sheets': ['sheet', 'count'],
  'file.told.unknown-status': ['word', 'count'],
  'file.told.saved-map': ['name'],

  'unreadable.empty': [],
  'unreadable.no-number': [],
  'unreadable.procedure-code': [],
  'unreadable.bad-date': [],
  'unreadable.unknown-agency': [],
  'unreadable.elsewhere': [],
  'unreadable.identity': [],
  'unreadable.phone': [],
  'unreadable.tax-code': [],
  'unreadable.mistyped': [],
  'unreadable.incomplete': [],
  'unreadable.too-long': [],

  'sms.due': ['date'],
  'sms.moved': ['old', 'date'],
  'sms.overdue': ['date'],
  'sms.late': ['date', 'old'],
  'sms.since': ['date'],
  'sms.on': ['date'],
  'sms.asOf': ['time'],
  'sms.silent': ['date'],
  'sms.phone': ['phone'],
  'sms.noteCut': ['note'],
  'sms.bring': [],
  'sms.notice': ['number'],
  'sms.unknown': ['number'],
  'sms.suggestion': ['number', 'prefix', 'shortCode'],
  'sms.unreadable.no-number': ['prefix', 'shortCode'],
  'sms.unreadable.procedure-code': ['prefix', 'shortCode'],
  'sms.unreadable.bad-date': ['prefix', 'shortCode'],
  'sms.unreadable.unknown-agency': ['prefix', 'shortCode'],
  'sms.unreadable.elsewhere': [],
  'sms.unreadable.identity': ['prefix', 'shortCode'],
  'sms.unreadable.phone': ['prefix', 'shortCode'],
  'sms.unreadable.tax-code': ['prefix', 'shortCode'],
  'sms.unreadable.mistyped': ['prefix', 'shortCode'],
  'sms.unreadable.incomplete': ['prefix', 'shortCode'],
  'sms.unreadable.too-long': ['prefix', 'shortCode'],
  'sms.withheld': ['minutes'],
  'sms.unavailable': [],
  'sms.tooMany': ['count', 'prefix', 'shortCode'],
  'sms.help.ask': ['prefix', 'shortCode'],
  'sms.help.watch': ['prefix'],
  'sms.help.stop': ['prefix'],
  'sms.help.complaint': ['prefix'],
  'sms.help.language': ['prefix'],
  'sms.help.price': ['price'],
  'sms.language': [],
  'sms.watch.started': ['number', 'notices', 'prefix', 'shortCode'],
  'sms.watch.added': [],
  'sms.watch.stopped': ['number'],
  'sms.watch.stoppedAll': ['prefix', 'shortCode'],
  'sms.watch.none': ['prefix', 'shortCode'],

  'sms.complaint.taken': ['ticket', 'date', 'office', 'phone'],
  'sms.complaint.capped': ['office', 'phone'],
  'sms.complaint.how': ['prefix', 'shortCode'],
  'sms.complaint.reply': ['ticket', 'answer'],

  'slip.title': [],
  'slip.lookupNumber': [],
  'slip.dossierNo': [],
  'slip.received': ['date'],
  'slip.due': ['date'],
  'slip.moved': ['date'],
  'slip.sms': ['text', 'shortCode'],
  'slip.rule': [],
  'slip.reprint': [],
  'slip.test': [],
  'slip.copy': ['copy'],
  'slip.phone': ['phone'],

  'desk.ticket.proof': [],
  'desk.ticket.test': [],
  'desk.printer.ready': [],
  'desk.printer.paper-low': [],
  'desk.printer.no-paper': [],
  'desk.printer.cover-open': [],
  'desk.printer.error': [],
  'desk.printer.absent': [],
  'desk.printer.unknown': [],
  'desk.job.queued': [],
  'desk.job.claimed': [],
  'desk.job.sent': [],
  'desk.job.confirmed': [],
  'desk.job.unconfirmed': [],
  'desk.job.failed': [],
  'desk.job.expired': [],
  'desk.job.cancelled': [],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type WordingKey = keyof typeof wordingKeys

/** What a text is filled with; for a key that may be one of several, everything any of them needs. */
export type Fillings<Key extends WordingKey> = Readonly<
  Record<(typeof wordingKeys)[Key][number], string | number>
>

/** The fillings as a last argument, left out where a text has none. */
export type FillingsOf<Key extends WordingKey> = [(typeof wordingKeys)[Key][number]] extends [never]
  ? [fillings?: Readonly<Record<never, never>>]
  : [fillings: Fillings<Key>]

/** The keys below a section: `KeysBelow<'problem'>` is `'unknown' | 'withheld' | …`. */
export type KeysBelow<Section extends string> = WordingKey extends infer Key
  ? Key extends `${Section}.${infer Rest}`
    ? Rest
    : never
  : never
