// One page each for citizens and for staff, to read and to print: plain files beside the code, served under the pages' policy.
// What differs from one installation to the next is filled in from its configuration.
import { readFileSync } from 'node:fs'
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Config } from '../config/config.js'
import { escaped } from '../web/html.js'
import { type Contact, type TextWay, type Ways, waysOf } from './ways.js'

const fileOf = (name: string) => readFileSync(new URL(`./help/${name}`, import.meta.url), 'utf8')

/** Serves /help (of the service, or of the agency named by `?agency=CODE`) and /help/staff. */
export function helpRoutes(
  server: FastifyInstance,
  config: Pick<Config, 'sms' | 'http' | 'office' | 'agencies' | 'complaints'>,
): void {
  const citizens = fileOf('citizens.html')
  const send = (reply: FastifyReply, type: 'html' | 'css', body: string) =>
    reply
      .headers({
        'content-security-policy':
          "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
        'cache-control': 'no-cache',
      })
      .type(`text/${type}; charset=utf-8`)
      .send(body)
  const schema = { hide: true }
  const ofService = filledIn(citizens, waysOf(config))
  server.get('/help', { schema }, (request, reply) => {
    const { agency: code } = request.query as { agency?: unknown }
    const agency = config.agencies.find((one) => one.code === code)
    send(reply, 'html', agency ? filledIn(citizens, waysOf(config, agency)) : ofService)
  })
  for (const [path, type, name] of [
    ['/help/staff', 'html', 'staff.html'],
    ['/help/help.css', 'css', 'help.css'],
  ] as const) {
    const body = fileOf(name)
    server.get(path, { schema }, (_request, reply) => send(reply, type, body))
  }
}

const filledIn = (html: string, { texts, page, hotline, contact }: Ways) =>
  html
    .replace(
      '<!-- texts -->',
      () => `<h2>1. Nhắn tin</h2>\n${texts.length > 0 ? texts.map(textWay).join('\n') : noTexts}`,
    )
    .replace('<!-- page -->', () => (page ? ` hoặc trang ${escaped(page)}` : ''))
    .replace('<!-- contact -->', () => (contact ? contactPoints(contact, hotline) : ''))

const noTexts = '<p>Nơi này chưa nhận tin nhắn: xin hỏi bằng hai cách dưới đây.</p>'

function textWay({ shortCode, price, prefix }: TextWay): string {
  const text = (words: string) => `<kbd>${escaped(prefix + words)}</kbd>`
  return `<p>Soạn ${text('HS mã-hồ-sơ')} gửi <kbd>${escaped(shortCode)}</kbd>${
    price ? `, ${escaped(price)} một tin` : ''
  }. Ông/bà nhận được một tin trả lời.</p>
<ul>
<li>${text('DK mã-hồ-sơ')}: báo cho tôi khi cần bổ sung, đổi ngày hẹn hoặc có kết quả. ${text('HUY')}: ngưng nhận thông báo.</li>
<li>${text('PA mã-hồ-sơ lời-phản-ánh')}: gửi phản ánh; cơ quan trả lời bằng tin nhắn.</li>
<li>${text('HD')}: hướng dẫn. ${text('EN')}: English.</li>
</ul>`
}

/** Where an office can be reached: its address, mailbox and telephone. */
function contactPoints({ name, address, email, phone }: Contact, hotline: string | undefined): string {
  const lines = [
    ['Địa chỉ', address],
    ['Hộp thư', email],
    ['Điện thoại', phone],
    ['Đường dây nóng', hotline === phone ? undefined : hotline],
  ].flatMap(([label, value]) => (value ? [`<li>${label}: <b>${escaped(value)}</b></li>`] : []))
  return `<h2>Hỏi thêm, góp ý, phản ánh</h2>\n<p>${escaped(name)}</p>\n${
    lines.length > 0 ? `<ul>\n${lines.join('\n')}\n</ul>` : ''
  }`
}
