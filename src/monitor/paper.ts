// A4 pages to print, laid out as Vietnamese offices lay out a report (decree 30/2020/NĐ-CP, annex I: names on the left, the
// country's on the right, margins 20/15/20/30 mm). They load nothing: no script, no image, no font.
import type { Config } from '../config/config.js'
import { writeTime } from '../dossier/times.js'
import { escaped } from '../web/html.js'

export type Head = Config['report']

/** A whole document. `title` is text; `letterhead`, `body` and `style` are HTML and CSS. */
export const paper = (title: string, body: string, style: string) => `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${baseStyle}${style}</style>
</head>
<body>
${body}
</body>
</html>
`

/** The two columns at the top. `number`: the line for the document's number, if it has one. */
export const letterhead = (head: Head, at: number, number = '') => `<header>
<div class="who">${head.authority ? `<p>${escaped(upper(head.authority))}</p>` : ''}<p class="strong ruled">${
  head.office ? escaped(upper(head.office)) : blank(28)
}</p>${number ? `<p>${number}</p>` : ''}</div>
<div class="land"><p class="strong">CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</p><p class="strong ruled motto">Độc lập - Tự do - Hạnh phúc</p><p class="date">${
  head.place ? escaped(head.place) : blank(12)
}, ${dateInWords(at)}</p></div>
</header>`

function dateInWords(at: number): string {
  const [year, month, day] = writeTime(at).slice(0, 10).split('-')
  return `ngày ${day} tháng ${month} năm ${year}`
}

const upper = (name: string) => name.toLocaleUpperCase('vi-VN')

/** A dotted line to be filled in by hand. */
export const blank = (dots: number) => '.'.repeat(dots)

const baseStyle = `
@page { size: A4; margin: 20mm 15mm 20mm 30mm }
* { box-sizing: border-box }
html { background: #e9e9e6 }
body { font: 13pt/1.35 "Times New Roman", "Liberation Serif", Tinos, "DejaVu Serif", serif; color: #000;
  background: #fff; width: 210mm; margin: 8mm auto; padding: 20mm 15mm 20mm 30mm }
p { margin: 0 }
.strong { font-weight: bold }
header { display: grid; grid-template-columns: 2fr 3fr; gap: 2mm; text-align: center; font-size: 12pt }
.land .strong { white-space: nowrap; letter-spacing: -0.02em }
.ruled::after { content: ""; display: block; width: 34%; margin: 1mm auto 2mm; border-top: 0.3mm solid }
.motto { font-size: 13pt }
.motto::after { width: 62% }
.date { font-style: italic; margin-top: 1mm }
h1 { font-size: 14pt; text-align: center; margin: 8mm 0 5mm }
h1 small { display: block; font-size: 13pt; margin-top: 1mm }
h2 { font-size: 13pt; margin: 5mm 0 2mm; break-after: avoid }
table { width: 100%; border-collapse: collapse; margin: 0 0 5mm; font-size: 10.5pt; line-height: 1.25 }
caption { font-weight: bold; font-style: italic; text-align: left; padding: 1mm 0; break-after: avoid }
th, td { border: 0.2mm solid #000; padding: 0.9mm 1.4mm; vertical-align: middle }
th { text-align: center; background: #f1f1ee }
td + td { text-align: right; font-variant-numeric: tabular-nums }
thead { display: table-header-group }
tr { break-inside: avoid }
.owed { color: #b3261e; font-weight: bold }
@media print {
  html { background: none }
  body { width: auto; margin: 0; padding: 0 }
}
`
