// One page each for citizens and for staff, to read and to print: plain files beside the code, served under the pages'
// policy. Installation-specific values are filled in from the configuration.
import { readFileSync } from 'node:fs'
import type {} from '@fastify/swagger' // gives route schemas their 'hide'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Config } from '../config/config.js'
import { agencyNamed } from '../dossier/agency.js'
import type { Words } from '../dossier/wording.js'
import { escaped } from '../web/html.js'
import { asHtml, type Contact, contactLines, sayAsHtml, type TextWay, type Ways, waysOf } from './ways.js'

const fileOf = (name: string) => readFileSync(new URL(`./help/${name}`, import.meta.url), 'utf8')

/** Serves /help (of the service, or of the agency named by `?agency=CODE`) and /help/staff. */
export function helpRoutes(
  server: FastifyInstance,
  config: Pick<Config, 'sms' | 'http' | 'office' | 'agencies' | 'complaints'>,
  words: Words,
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
  server.get('/help', { schema }, (request, reply) => {
    const { agency: code } = request.query as { agency?: unknown }
    const agency = typeof code === 'string' ? agencyNamed(code, config.agencies) : undefined
    send(reply, 'html', filledIn(citizens, waysOf(config, agency), words))
  })
  for (const [path, type, name] of [
    ['/help/staff', 'html', 'staff.html'],
    ['/help/help.css', 'css', 'help.css'],
  ] as const) {
    const body = fileOf(name)
    server.get(path, { schema }, (_request, reply) => send(reply, type, body))
  }
}

const filledIn = (html: string, { texts, page, hotline, contact }: Ways, words: Words) =>
  html
    .replace('<!-- texts -->', () =>
      [
        `<h2>${asHtml(words, 'help.title')}</h2>`,
        ...(texts.length > 0
          ? texts.map((way) => textWay(way, words))
          : [`<p>${asHtml(words, 'help.noTexts')}</p>`]),
      ].join('\n'),
    )
    .replace('<!-- page -->', () => (page ? ` ${asHtml(words, 'help.page', { page: escaped(page) })}` : ''))
    .replace('<!-- contact -->', () => (contact ? contactPoints(contact, hotline, words) : ''))

function textWay({ shortCode, price, prefix }: TextWay, words: Words): string {
  const say = (what: Parameters<typeof sayAsHtml>[1]) => sayAsHtml(words, what, prefix)
  const to = { text: say('ask'), shortCode: `<kbd>${escaped(shortCode)}</kbd>` }
  const ask = price
    ? asHtml(words, 'help.askPriced', { ...to, price: escaped(price) })
    : asHtml(words, 'help.ask', to)
  return `<p>${ask}</p>
<ul>
<li>${asHtml(words, 'help.watch', { text: say('watch'), stop: say('stop') })}</li>
<li>${asHtml(words, 'help.complaint', { text: say('complaint') })}</li>
<li>${asHtml(words, 'help.more', { guide: say('guide'), english: say('english') })}</li>
</ul>`
}

function contactPoints(contact: Contact, hotline: string | undefined, words: Words): string {
  const lines = contactLines(words, contact, hotline).map((line) => `<li>${line}</li>`)
  return `<h2>${asHtml(words, 'ways.contact.title')}</h2>\n<p>${escaped(contact.name)}</p>\n${
    lines.length > 0 ? `<ul>\n${lines.join('\n')}\n</ul>` : ''
  }`
}
