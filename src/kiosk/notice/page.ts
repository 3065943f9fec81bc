// The notice that hangs in an office: how to ask, in letters that are read from a few steps away. One sheet, A4 or A3, black
// on white; it asks nobody for anything.
import { escaped } from '../../web/html.js'
import { qrSvg } from '../../web/qr.js'
import type { Contact, TextWay, Ways } from '../ways.js'

export const noticeSizes = ['a4', 'a3'] as const
export type NoticeSize = (typeof noticeSizes)[number]

/** One figure of the half-year in words; what may not be told is left out by the caller. */
export interface NoticeFigure {
  readonly label: string
  readonly value: string
}

export interface NoticeParts {
  readonly agency: string
  readonly ways: Ways
  readonly size: NoticeSize
  /** `6 tháng đầu năm 2026` */
  readonly period: string
  readonly figures: readonly NoticeFigure[]
  /** Working days in which a complaint is answered. */
  readonly complaintDays: number
}

/** The whole document. */
export function noticePage({ agency, ways, size, period, figures, complaintDays }: NoticeParts): string {
  const { texts, page, hotline, contact } = ways
  const [first, ...others] = texts
  const blocks = [
    ...(first ? [textBlock(first, others, complaintDays)] : []),
    screenBlock(page),
    `<section><div><h2>Tại quầy tiếp nhận</h2><p>Đưa giấy hẹn cho cán bộ: cán bộ xem và in cho ông/bà phiếu tra cứu.</p></div></section>`,
  ]
  return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(`Tra cứu hồ sơ – ${agency}`)}</title>
<style>${style(size)}</style>
</head>
<body>
<header><p>${escaped(agency)}</p><h1>Hồ sơ của tôi đến đâu rồi?</h1>
<p class="lead">Không cần tài khoản, không cần khai họ tên: chỉ cần <b>mã hồ sơ</b> in trên giấy hẹn.</p></header>
<main>
${blocks.join('\n')}
</main>
<section class="contact"><h2>Hỏi thêm, góp ý, phản ánh</h2>
${contact ? contactLines(contact, hotline) : ''}</section>
${
  figures.length === 0
    ? ''
    : `<section class="figures"><h2>Kết quả ${escaped(period)}</h2><dl>${figures
        .map(({ label, value }) => `<div><dd>${escaped(value)}</dd><dt>${escaped(label)}</dt></div>`)
        .join('')}</dl></section>`
}
<footer>Tin trả lời không bao giờ có đường dẫn, không đòi tiền, không hỏi mật khẩu hay số căn cước. Tin nào có những thứ ấy là giả.</footer>
</body>
</html>
`
}

function textBlock(
  { shortCode, price, prefix }: TextWay,
  others: readonly TextWay[],
  complaintDays: number,
): string {
  const also = others.map(
    (one) => `<b>${escaped(one.shortCode)}</b>${one.price ? ` (${escaped(one.price)})` : ''}`,
  )
  return `<section class="first"><div><h2>Nhắn tin</h2>
<p class="say">Soạn <kbd>${escaped(prefix)}HS mã-hồ-sơ</kbd><br>gửi <kbd>${escaped(shortCode)}</kbd></p>
<p>${price ? `Giá một tin: <b>${escaped(price)}</b>. ` : ''}Trả lời ngay, một tin.${
    also.length > 0 ? ` Cũng gửi được đến ${also.join(', ')}.` : ''
  }</p>
<ul><li><kbd>${escaped(prefix)}DK mã-hồ-sơ</kbd> nhận tin khi hồ sơ thay đổi</li>
<li><kbd>${escaped(prefix)}PA mã-hồ-sơ lời-phản-ánh</kbd> phản ánh, trả lời trong ${complaintDays} ngày làm việc</li>
<li><kbd>${escaped(prefix)}HD</kbd> hướng dẫn</li></ul></div>
<figure>${qrSvg(`sms:${shortCode}?body=${encodeURIComponent(`${prefix}HS `)}`, 'Soạn tin bằng mã QR')}<figcaption>Quét để soạn tin</figcaption></figure></section>`
}

const screenBlock = (page: string | undefined) =>
  page
    ? `<section><div><h2>Màn hình ở sảnh hoặc trên mạng</h2><p>Chạm các số của mã, hoặc quét mã QR trên phiếu.</p><p><b>${escaped(
        page,
      )}</b></p></div><figure>${qrSvg(page, 'Địa chỉ trang tra cứu')}<figcaption>Quét để mở trang</figcaption></figure></section>`
    : '<section><div><h2>Màn hình ở sảnh</h2><p>Chạm các số của mã, hoặc quét mã QR trên phiếu.</p></div></section>'

function contactLines({ name, address, email, phone }: Contact, hotline: string | undefined): string {
  const rows = [
    ['Địa chỉ', address],
    ['Hộp thư', email],
    ['Điện thoại', phone],
    ['Đường dây nóng', hotline === phone ? undefined : hotline],
  ].flatMap(([label, value]) => (value ? [`${label}: <b>${escaped(value)}</b>`] : []))
  return `<p>${escaped(name)}</p>\n<p>${rows.join(' · ')}</p>`
}

// Every length hangs on the root's, which grows with the sheet: A3 is A4 times the root of two.
const style = (size: NoticeSize) => `
@page { size: ${size.toUpperCase()} portrait; margin: 0 }
* { box-sizing: border-box; margin: 0 }
:root { font-size: ${size === 'a4' ? 4.6 : 6.5}mm }
html { background: #e9e9e6 }
body { font: 1rem/1.35 "Be Vietnam Pro", "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; color: #000; background: #fff;
  width: ${size === 'a4' ? '210mm' : '297mm'}; min-height: ${size === 'a4' ? '297mm' : '420mm'}; margin: 0 auto; padding: 3rem 3.2rem 2.4rem;
  display: flex; flex-direction: column; gap: 1.1rem }
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
