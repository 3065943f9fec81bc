// The content and layout of a slip: an aid besides the legal receipt that tells citizens their numbers, the promised date
// and how to ask. Words come from wording (`slip.*`); escpos/slip.ts makes the bytes.
import { groupDigits } from '../../dossier/numbers/lookup-number.js'
import type { Texting } from '../../dossier/texting.js'
import { localClock, paperDate } from '../../dossier/times.js'
import type { FillingsOf, KeysBelow } from '../../dossier/wording-keys.js'
import { numberScale, type SlipLine } from '../escpos/slip.js'
import { isPrintableAscii, printable } from '../escpos/vietnamese.js'
import { qrDots } from './qr.js'

/** Everything a slip shows. Times are epoch milliseconds. Never a name, phone or address of an applicant. */
export interface Receipt {
  readonly agency: { readonly code: string; readonly name: string; readonly phone: string }
  readonly dossierNo: string
  /** Twelve digits; a dossier number outside the legal form has none. */
  readonly lookupNumber?: string
  readonly receivedAt?: number
  readonly dueAt?: number
  readonly extendedDueAt?: number
}

/** What may differ between papers. */
export interface Printing {
  readonly copies: number
  readonly reprint: number
  readonly printedAt: number
  /** The issuing office, at the top; empty if the configuration names none. */
  readonly office: string
  /** Where to text; left out when the office answers no texts. */
  readonly sms?: Texting
}

/** The words of the slip: key below `slip.`, placeholders filled. */
export type SlipWords = <Key extends KeysBelow<'slip'>>(
  key: Key,
  ...fillings: FillingsOf<`slip.${Key}`>
) => string

export const slipBlocks = [
  'office',
  'title',
  'agency',
  'reprint',
  'number',
  'qr',
  'dossierNo',
  'dates',
  'sms',
  'rule',
  'closing',
] as const
type SlipBlock = (typeof slipBlocks)[number] | { readonly text: string; readonly bold?: boolean }

/** A slip is a list of blocks from top to bottom; an agency may drop some, reorder them, or add its own lines. */
export type SlipTemplate = readonly SlipBlock[]

/** The lines of all copies, each ending with the cut. */
export function slipLines(
  receipt: Receipt,
  printing: Printing,
  words: SlipWords,
  template: SlipTemplate,
  columns: number,
): SlipLine[] {
  return Array.from({ length: printing.copies }, (_, at) => {
    const slip = new Setting(receipt, printing, at + 1, words, columns)
    return [...template.flatMap((block) => slip.block(block)), { kind: 'cut' } as const]
  }).flat()
}

/** What the kiosk's self-test scans: every character a slip's code may have. Its page knows the same text. */
const testCode = '000.15.H45-0123456789'

/** The slip that tries a kiosk's printer. */
export function testLines(printedAt: number, words: SlipWords): SlipLine[] {
  return [
    { kind: 'text', text: words('test'), align: 'centre', bold: true },
    { kind: 'qr', data: testCode, dots: qrDots(testCode) },
    { kind: 'text', text: testCode, align: 'centre' },
    { kind: 'text', text: `${localClock(printedAt)} ${paperDate(printedAt)}`, align: 'centre' },
    { kind: 'cut' },
  ]
}

/** The slip as plain text, for terminals, previews and printers that take text/plain. */
export function previewSlip(lines: readonly SlipLine[], columns: number): string {
  const centred = (text: string) => ' '.repeat(Math.max(0, Math.floor((columns - text.length) / 2))) + text
  const out: string[] = []
  for (const line of lines) {
    if (line.kind === 'text') out.push(line.align ? centred(printable(line.text)) : printable(line.text))
    else if (line.kind === 'number') out.push('', centred(line.text), '')
    else if (line.kind === 'qr') out.push(centred(`[QR ${line.data}]`))
    else if (line.kind === 'feed') for (let at = 0; at < line.lines; at++) out.push('')
    else out.push('-'.repeat(columns))
  }
  return `${out.join('\n')}\n`
}

/** Lays out one copy of a slip, block by block. */
class Setting {
  constructor(
    private readonly receipt: Receipt,
    private readonly printing: Printing,
    private readonly copy: number,
    private readonly words: SlipWords,
    private readonly columns: number,
  ) {}

  block(block: SlipBlock): SlipLine[] {
    if (typeof block !== 'string') return this.#lines(block.text, { bold: block.bold ?? false })
    const { receipt, printing, words } = this
    switch (block) {
      case 'office':
        return this.#lines(printing.office, { name: true })
      case 'title':
        return [...this.#lines(words('title'), { bold: true, tall: true }), ...this.#lines(words('aid'))]
      case 'agency':
        return this.#lines(receipt.agency.name, { name: true })
      case 'reprint':
        return printing.reprint > 0 ? this.#lines(words('reprint'), { bold: true }) : []
      case 'number':
        return receipt.lookupNumber ? this.#number(receipt.lookupNumber) : []
      case 'qr': {
        const data = receipt.lookupNumber ?? receipt.dossierNo
        return isPrintableAscii(data) ? [{ kind: 'qr', data, dots: qrDots(data) }] : []
      }
      case 'dossierNo':
        return this.#dossierNo()
      case 'dates':
        return [...this.#joined(this.#dates(), { tall: true }), { kind: 'feed', lines: 1 }]
      case 'sms':
        return printing.sms ? this.#sms(printing.sms) : []
      case 'rule':
        return this.#lines(words('rule'))
      case 'closing':
        return this.#joined(this.#closing())
    }
  }

  #number(digits: string): SlipLine[] {
    const text = groupDigits(digits)
    // Digits that cannot be printed larger than other text are an ordinary line.
    const isLarge = numberScale(text, this.columns) > 1
    return [
      ...this.#lines(this.words('lookupNumber')),
      ...(isLarge ? [{ kind: 'number', text } as const] : this.#lines(text, { bold: true, tall: true })),
    ]
  }

  // The number is on a line of its own, so that it is printed in the printer's own font even where words are pictures.
  #dossierNo(): SlipLine[] {
    return [...this.#lines(this.words('dossierNo')), ...this.#lines(this.receipt.dossierNo, { tall: true })]
  }

  #dates(): string[] {
    const { receivedAt, dueAt, extendedDueAt } = this.receipt
    const said: string[] = []
    if (receivedAt !== undefined) said.push(this.words('received', { date: paperDate(receivedAt) }))
    if (dueAt !== undefined) said.push(this.words('due', { date: paperDate(dueAt) }))
    if (extendedDueAt !== undefined) said.push(this.words('moved', { date: paperDate(extendedDueAt) }))
    return said
  }

  // The text to send stays on one line if it fits one, because half of it looks whole; and so does the price.
  #sms({ shortCode, keywordPrefix, price }: Texting): SlipLine[] {
    const { lookupNumber, dossierNo } = this.receipt
    const number = lookupNumber ? groupDigits(lookupNumber) : dossierNo
    const text = `${keywordPrefix} HS ${number}`.trim()
    const [before = '', ...after] = this.words('sms', { text, shortCode }).split(text)
    const cost = price === undefined ? '' : this.words('price', { price })
    const pieces = [before, text, after.join(text), cost].map((piece) => piece.trim())
    return this.#joined(pieces.filter(Boolean), {}, ' ')
  }

  #closing(): string[] {
    const { receipt, printing, words } = this
    return [
      ...(receipt.agency.phone ? [words('phone', { phone: receipt.agency.phone })] : []),
      words('copy', { copy: `${this.copy}${printing.copies > 1 ? `/${printing.copies}` : ''}` }),
      `${localClock(printing.printedAt)} ${paperDate(printing.printedAt)}`,
    ]
  }

  /** Joins things with commas, as many as fit a line, without a comma at the end of a line. */
  #joined(things: readonly string[], style: Style = {}, comma = ', '): SlipLine[] {
    const lines: string[] = []
    for (const thing of things) {
      const joined = `${lines.at(-1)}${comma}${thing}`
      if (lines.length > 0 && joined.length <= this.columns) lines[lines.length - 1] = joined
      else lines.push(thing)
    }
    return lines.flatMap((line) => this.#lines(line, style))
  }

  #lines(text: string, style: Style = {}): SlipLine[] {
    const broken = style.name ? wrapName : wrap
    return broken(printable(text), this.columns).map((line) => ({
      kind: 'text',
      text: line,
      align: 'centre',
      ...(style.bold ? { bold: true } : {}),
      ...(style.tall ? { tall: true } : {}),
    }))
  }
}

interface Style {
  readonly bold?: boolean
  readonly tall?: boolean
  /** A name, of which no syllable stands alone on the last line. */
  readonly name?: boolean
}

/** As `wrap`; where a syllable would stand alone on the last line, in as many lines of about the same length. */
function wrapName(text: string, columns: number): string[] {
  const lines = wrap(text, columns)
  if (lines.length < 2 || lines.at(-1)!.includes(' ')) return lines
  for (let width = Math.ceil(text.length / lines.length); width < columns; width++) {
    const even = wrap(text, width)
    if (even.length === lines.length && even.join(' ') === lines.join(' ')) return even
  }
  return lines
}

// Not before a digit, so that a number in groups, a telephone and "gửi 8188" stay in one piece.
const gentleBreak = / (?!\d)|(?<=[-/;:]) /g

/**
 * Breaks after a comma if there is one, otherwise between words, and tears no number unless that saves a line; a word longer
 * than a line is cut.
 */
function wrap(text: string, columns: number): string[] {
  if (text.length <= columns) return text === '' ? [] : [text]
  // Prefer the first comma after which the rest fits one line, so that no word stands alone on the last line.
  const first = text.indexOf(', ', Math.max(0, text.length - columns - 2))
  const comma = first > 0 && first < columns ? first : text.lastIndexOf(', ', columns - 1)
  if (comma > 0) return [text.slice(0, comma + 1), ...wrap(text.slice(comma + 2).trimStart(), columns)]
  const cut = (end: number) => [text.slice(0, end).trimEnd(), ...wrap(text.slice(end).trimStart(), columns)]
  const last = text.lastIndexOf(' ', columns)
  const gentle = [...text.matchAll(gentleBreak)].findLast(({ index }) => index <= columns)?.index ?? 0
  const fewest = cut(last > 0 ? last : columns)
  if (gentle <= 0 || gentle === last) return fewest
  const whole = cut(gentle)
  return whole.length > fewest.length ? fewest : whole
}
