// The notice for an office wall: how to ask, in letters readable from a few steps away. One sheet, A4 or A3, black on
// white; it requests no data.
import type { Words } from '../../dossier/wording.js'
import { escaped } from '../../web/html.js'
import { qrSvg } from '../../web/qr.js'
import { asHtml, contactLines, sayAsHtml, type TextWay, type Ways } from '../ways.js'

export const noticeSizes = ['a4', 'a3'] as const
export type NoticeSize = (typeof noticeSizes)[number]

/** One figure of the half-year in words; the caller leaves out what must not be published. */
export interface NoticeFigure {
  readonly label: string
  readonly value: string
}

interface NoticeParts {
  readonly agency: string
  readonly ways: Ways
  readonly size: NoticeSize
  /** `6 tháng đầu năm 2026` */
  readonly period: string
  readonly figures: readonly NoticeFigure[]
  /** Working days in which a complaint is answered. */
  readonly complaintDays: number
  readonly words: Words
}

/** The whole document. */
export function noticePage(parts: NoticeParts): string {
  const { agency, ways, size, words } = parts
  const { texts, page, hotline, contact } = ways
  const [first, ...others] = texts
  const blocks = [
    ...(first ? [textBlock(first, others, parts)] : []),
    screenBlock(page, words),
    `<section><div><h2>${asHtml(words, 'notice.desk.title')}</h2><p>${asHtml(words, 'notice.desk.how')}</p></div></section>`,
  ]
  const number = `<b>${asHtml(words, 'notice.number')}</b>`
  return `<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${asHtml(words, 'notice.title', { agency: escaped(agency) })}</title>
<style>${style(size, parts.figures.length > 0)}</style>
</head>
<body>
<header><p>${escaped(agency)}</p><h1>${asHtml(words, 'notice.heading')}</h1>
<p class="lead">${asHtml(words, 'notice.lead', { number })}</p></header>
<main>
${blocks.join('\n')}
</main>
<section class="contact"><h2>${asHtml(words, 'ways.contact.title')}</h2>
${contact ? `<p>${escaped(contact.name)}</p>\n<p>${contactLines(words, contact, hotline).join(' · ')}</p>` : ''}</section>
${figuresBlock(parts)}
<footer>${asHtml(words, 'notice.rule')}</footer>
</body>
</html>
`
}

function figuresBlock({ figures, period, words }: NoticeParts): string {
  if (figures.length === 0) return ''
  const rows = figures.map(
    ({ label, value }) => `<div><dd>${escaped(value)}</dd><dt>${escaped(label)}</dt></div>`,
  )
  return `<section class="figures"><h2>${asHtml(words, 'notice.figures.title', {
    period: escaped(period),
  })}</h2><dl>${rows.join('')}</dl></section>`
}

function textBlock(
  { shortCode, price, prefix }: TextWay,
  others: readonly TextWay[],
  { words, complaintDays }: NoticeParts,
): string {
  const say = (what: Parameters<typeof sayAsHtml>[1]) => sayAsHtml(words, what, prefix)
  const also = others.map(
    (one) => `<b>${escaped(one.shortCode)}</b>${one.price ? ` (${escaped(one.price)})` : ''}`,
  )
  const sentences = [
    ...(price ? [asHtml(words, 'notice.text.price', { price: `<b>${escaped(price)}</b>` })] : []),
    asHtml(words, 'notice.text.reply'),
    ...(also.length > 0 ? [asHtml(words, 'notice.text.also', { codes: also.join(', ') })] : []),
  ]
  return `<section class="first"><div><h2>${asHtml(words, 'notice.text.title')}</h2>
<p class="say">${asHtml(words, 'notice.text.write', { text: say('ask') })}<br>${asHtml(
    words,
    'notice.text.send',
    {
      shortCode: `<kbd>${escaped(shortCode)}</kbd>`,
    },
  )}</p>
<p>${sentences.join(' ')}</p>
<ul><li>${asHtml(words, 'notice.text.watch', { text: say('watch') })}</li>
<li>${asHtml(words, 'notice.text.complaint', { text: say('complaint'), days: String(complaintDays) })}</li>
<li>${asHtml(words, 'notice.text.guide', { text: say('guide') })}</li></ul></div>
<figure>${qrSvg(
    `sms:${shortCode}?body=${encodeURIComponent(`${prefix}HS `)}`,
    words.text('notice.text.code'),
  )}<figcaption>${asHtml(words, 'notice.text.scan')}</figcaption></figure></section>`
}

function screenBlock(page: string | undefined, words: Words): string {
  const how = `<p>${asHtml(words, 'notice.screen.how')}</p>`
  if (!page) return `<section><div><h2>${asHtml(words, 'notice.screen.title')}</h2>${how}</div></section>`
  return `<section><div><h2>${asHtml(words, 'notice.screen.titleWithPage')}</h2>${how}<p><b>${escaped(
    page,
  )}</b></p></div><figure>${qrSvg(page, words.text('notice.screen.code'))}<figcaption>${asHtml(
    words,
    'notice.screen.scan',
  )}</figcaption></figure></section>`
}

// All lengths are relative to the root's, which grows with the sheet: A3 is A4 times the square root of two. With figures it is
// smaller, so that the longest names and addresses leave it one sheet.
const style = (size: NoticeSize, hasFigures: boolean) => `
@page { size: ${size.toUpperCase()} portrait; margin: 0 }
* { box-sizing: border-box; margin: 0 }
:root { font-size: ${((hasFigures ? 4.2 : 4.6) * (size === 'a4' ? 1 : Math.SQRT2)).toFixed(2)}mm }
html { background: #e9e9e6 }
body { font: 1rem/1.35 "Be Vietnam Pro", "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; color: #000; background: #fff;
  width: ${size === 'a4' ? '210mm' : '297mm'}; min-height: ${size === 'a4' ? '297mm' : '420mm'}; margin: 0 auto; padding: 2.2rem 3.2rem 1.8rem;
  display: flex; flex-direction: column; gap: 0.9rem }
header { text-align: center }
header > p:first-child { font-weight: 700; text-transform: uppercase }
h1 { font-size: 2.6rem; line-height: 1.15; margin: 0.5rem 0 }
h2 { font-size: 1.35rem; margin-bottom: 0.3rem }
main { display: flex; flex-direction: column; gap: 0.9rem }
main section { display: flex; justify-content: space-between; align-items: center; gap: 1.4rem; border: 0.12rem solid #000; border-radius: 0.5rem; padding: 0.9rem 1.2rem }
main p + p { margin-top: 0.4rem }
ul { list-style: none; padding: 0; margin-top: 0.5rem }
li { margin-top: 0.3rem }
.first { border-width: 0.3rem }
.say { font-size: 1.6rem; line-height: 1.5 }
kbd { font: inherit; font-weight: 700; white-space: nowrap; border-bottom: 0.12rem solid #000 }
figure { flex: none; text-align: center; font-size: 0.8rem }
.qr { display: block; width: 7.5rem }
main section:not(.first) .qr { width: 6rem }
.contact, .figures { text-align: center }
dl { display: flex; justify-content: space-evenly; gap: 1rem }
dt { font-size: 0.85rem }
dd { font-size: 1.7rem; font-weight: 700 }
footer { margin-top: auto; text-align: center; font-size: 0.85rem; border-top: 0.08rem solid #000; padding-top: 0.7rem }
@media print { html { background: none } }
`
