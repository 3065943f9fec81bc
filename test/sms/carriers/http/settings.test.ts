// Configuration errors of an HTTP link, templates, proofs and outcomes: tables, without a socket.
import { createHash, createHmac } from 'node:crypto'
import t from 'tap'
import { Call } from '../../../../src/sms/carriers/http/call.js'
import { readOutcome } from '../../../../src/sms/carriers/http/caller.js'
import { checkHttpLink } from '../../../../src/sms/carriers/http/check.js'
import { numberAs } from '../../../../src/sms/carriers/http/number-form.js'
import { openProof } from '../../../../src/sms/carriers/http/proof.js'
import { idOf, readText } from '../../../../src/sms/carriers/http/read-text.js'
import { resolve } from '../../../../src/sms/carriers/http/resolved.js'
import { type HttpConfig, presetNames } from '../../../../src/sms/carriers/http/settings.js'
import { contextOf, readTemplate } from '../../../../src/sms/carriers/http/template.js'
import { unwrapped } from '../../../../src/sms/carriers/http/unwrapped.js'
import { elementIn } from '../../../../src/sms/carriers/http/xml.js'

const secret = '17417a0d20114d36a902e49cad0e97f3'
const link = (changes: Partial<HttpConfig> = {}): HttpConfig => ({
  name: 'a',
  preset: 'generic',
  shortCode: '8188',
  shortCodes: [],
  keywordPrefix: '',
  deliveryReceipts: false,
  receive: { secret },
  ...changes,
})
const get = (query: string, headers: Record<string, string> = {}) =>
  new Call({ method: 'GET', path: '/v1/sms/a', query, headers }, undefined)
const post = (
  body: string | Buffer,
  type = 'application/json',
  headers: Record<string, string> = {},
  query = '',
) =>
  new Call(
    { method: 'POST', path: '/v1/sms/a', query, headers: { 'content-type': type, ...headers } },
    typeof body === 'string' ? Buffer.from(body) : body,
  )

t.test('values end nothing in a template', async (t) => {
  const nasty = `a"b\\c</x>&'=1\r\nd\u0000`
  const filled = (text: string, context: Parameters<typeof readTemplate>[1]) =>
    readTemplate(text, context).fill({ text: nasty })
  t.same(JSON.parse(filled('{"t":"{text}"}', 'json')), { t: nasty })
  t.equal(new URLSearchParams(filled('a=1&t={text}&b=2', 'form')).get('t'), nasty)
  t.equal(filled('<m>{text}</m>', 'xml'), '<m>a&quot;b\\c&lt;/x&gt;&amp;&apos;=1\r\nd</m>')
  t.equal(filled('Bearer {text}', 'header'), `Bearer a"b\\c</x>&'=1d`)
  t.same(readTemplate('{"a":{text},"b":{"c":"{id}"}}', 'json').names, ['text', 'id'])
  t.same(
    ['application/json', 'text/xml; charset=utf-8', 'application/x-www-form-urlencoded', 'text/plain'].map(
      contextOf,
    ),
    ['json', 'xml', 'form', 'text'],
  )
})

t.test('settings that do not add up are told with their key', async (t) => {
  const problemOf = (changes: Partial<HttpConfig>) => checkHttpLink(link(changes), undefined)
  const rows: [string, Partial<HttpConfig>, RegExp][] = [
    ['nobody has to prove anything', { receive: {} }, /^receive: anybody could submit texts/],
    ['a preset without its secret', { preset: 'esms', receive: {} }, /^receive\.secretFile: is missing/],
    ['basic without a user', { receive: { secret, proof: 'basic' } }, /^receive\.username/],
    [
      'a signature over what is not known',
      { receive: { secret, proof: 'signature', signature: { over: '{cpid}{secret}' } } },
      /^receive\.signature\.over: has no \{cpid\}.*\{field:cpid\}/,
    ],
    [
      'a hash that anybody can make',
      { receive: { secret, proof: 'signature', signature: { over: '{id}{text}', algorithm: 'md5' } } },
      /no \{secret\}/,
    ],
    ['no address', { receive: { allowedAddresses: ['10.0.0.0/33'] } }, /allowedAddresses\[0\]/],
    [
      'a word of the answer',
      { receive: { secret, responseTemplate: '{reply}' } },
      /responseTemplate: has no \{reply\}/,
    ],
    [
      'several texts in one call and one response',
      { receive: { secret, each: '/results' } },
      /^receive\.each: needs answer: call/,
    ],
    ['a list by its name', { receive: { secret, each: 'results' } }, /^receive\.each: is no JSON pointer/],
    ['a call without a way', { receive: { secret, answer: 'call' } }, /^send: is missing/],
    ['no url', { send: {} }, /^send\.url: is missing/],
    ['a host that a value chooses', { send: { url: 'https://{text}/x' } }, /host that no value can change/],
    ['a user in the url', { send: { url: 'https://u:p@a/x' } }, /^send\.url: has a user or a password/],
    ['a host that a value ends', { send: { url: 'https://a{text}/x' } }, /host that no value can change/],
    [
      'a word of the body',
      { send: { url: 'https://a/', body: '{"t":"{content}"}' } },
      /send\.body: has no \{content\}/,
    ],
    ['a body that is no JSON', { send: { url: 'https://a/', body: '{"t":{text}}' } }, /is not JSON once/],
    [
      'a secret that is not there',
      { preset: 'kannel', send: { username: 'u' } },
      /^send\.secretFile: is missing/,
    ],
    ['receipts to nowhere', { deliveryReceipts: true, send: { url: 'https://a/' } }, /needs http\.publicUrl/],
    ['a brand name left out', { preset: 'esms', send: { username: 'k', secret } }, /has no \{brandname\}/],
  ]
  for (const [label, changes, wanted] of rows) {
    const told = problemOf(changes).map(({ path, message }) => `${path}: ${message}`)
    t.ok(
      told.some((line) => wanted.test(line)),
      `${label}: ${told.join(' | ')}`,
    )
  }
})

t.test('a preset’s probe is for the preset’s own host', async (t) => {
  const trialOf = (send: HttpConfig['send']) => {
    const { trial } = resolve(link({ preset: 'android', send: { username: 'u', secret, ...send } })).send!
    return trial && new URL(trial.url.fill({})).host
  }
  t.equal(trialOf({}), 'api.sms-gate.app')
  t.equal(trialOf({ url: 'https://api.sms-gate.app/3rdparty/v1/messages?x=1' }), 'api.sms-gate.app')
  t.equal(trialOf({ url: 'http://192.168.1.10:8080/message' }), undefined, 'user and password stay at home')
  const probe = { url: 'http://192.168.1.10:8080/health' }
  t.equal(trialOf({ url: 'http://192.168.1.10:8080/message', probe }), '192.168.1.10:8080')
})

t.test('each preset needs no more than its secrets', async (t) => {
  for (const preset of presetNames) {
    const send = {
      username: 'u',
      secret,
      ...(preset === 'esms' && { values: { brandname: 'X' } }),
      ...(preset === 'generic' && { url: 'https://peer.example/send' }),
    }
    t.same(checkHttpLink(link({ preset, send }), undefined), [], preset)
  }
})

t.test('proofs', async (t) => {
  const now = Date.parse('2026-11-28T09:00:00+07:00')
  const proofOf = (receive: HttpConfig['receive'], preset: HttpConfig['preset'] = 'generic') =>
    openProof(resolve(link({ preset, ...(receive && { receive }) })).receive, () => now)
  const judged = (proof: ReturnType<typeof openProof>, call: Call, address = '203.0.113.7') =>
    proof.ofHead(call.head, address) ?? proof.ofCall(call)

  await t.test('a token, in the query or a header', async (t) => {
    const proof = proofOf({ secret })
    t.equal(judged(proof, get(`token=${secret}`)), undefined)
    t.equal(judged(proof, get('', { authorization: `Bearer ${secret}` })), undefined)
    t.equal(judged(proof, get(`token=${secret}%0A`)), undefined, 'with a line end')
    t.equal(judged(proof, get(`token=${secret}?from=1`)), undefined, 'before a second question mark')
    t.equal(judged(proofOf({ secret: 'a+b/c==' }), get('token=a+b/c==')), undefined, 'not percent-encoded')
    for (const wrong of [
      get(''),
      get('token='),
      get(`token=${secret}x`),
      get('', { authorization: secret.slice(1) }),
    ])
      t.equal(judged(proof, wrong), 'proof')
  })
  await t.test('Basic', async (t) => {
    const proof = proofOf({ secret, proof: 'basic', username: 'peer' })
    const header = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    t.equal(judged(proof, get('', header(`peer:${secret}`))), undefined)
    for (const wrong of [
      header(`other:${secret}`),
      header(`peer:${secret} `),
      { authorization: 'Basic' },
      {},
    ])
      t.equal(judged(proof, get('', wrong as Record<string, string>)), 'proof')
  })
  await t.test('addresses, and networks', async (t) => {
    const proof = proofOf({ allowedAddresses: ['203.0.113.0/24', '2001:db8::1'] })
    t.equal(judged(proof, get(''), '203.0.113.250'), undefined)
    t.equal(judged(proof, get(''), '::ffff:203.0.113.250'), undefined)
    t.equal(judged(proof, get(''), '2001:db8::1'), undefined)
    for (const wrong of ['203.0.114.1', '2001:db8::2', '', 'nonsense'])
      t.equal(judged(proof, get(''), wrong), 'address')
  })
  await t.test("eSMS' signature: the documents' own example of what is joined, in Base64", async (t) => {
    const proof = proofOf({ secret }, 'esms')
    const fields = { cpid: 'abcdef', smsid: '1234', content: 'HCC PY hồ sơ', receiverTime: '20261128085900' }
    const sign = (changes: Partial<typeof fields> = {}) => {
      const { cpid, smsid, content, receiverTime } = { ...fields, ...changes }
      return createHash('md5')
        .update(cpid + smsid + content + receiverTime + secret)
        .digest('base64')
    }
    const call = (changes: object) =>
      get(String(new URLSearchParams({ ...fields, sign: sign(), ...changes })))
    t.equal(judged(proof, call({})), undefined)
    t.equal(
      judged(proof, get(`${new URLSearchParams(fields)}&sign=${sign()}`)),
      undefined,
      'not percent-encoded',
    )
    for (const change of [
      { content: 'HCC PY ho so' },
      { smsid: '1235' },
      { sign: '' },
      { receiverTime: '20261128085901' },
    ])
      t.equal(judged(proof, call(change)), 'proof', JSON.stringify(change))
    for (const receiverTime of ['1795831140.5', 'Sat, 28 Nov 2026 01:59:00 GMT', '28/11/2026 08:59:00']) {
      const changes = { receiverTime, sign: sign({ receiverTime }) }
      t.equal(judged(proof, call(changes)), undefined, receiverTime)
    }
    for (const receiverTime of ['20261128082900', '20261128090600', '20251128085900', 'soon'])
      t.equal(judged(proof, call({ receiverTime, sign: sign({ receiverTime }) })), 'stale', receiverTime)
  })
  await t.test("sms-gate's signature: over the body as it came and the time", async (t) => {
    const proof = proofOf({ secret }, 'android')
    const body = '{"event":"sms:received",  "payload":{"message":"xin chào"}}'
    const at = (seconds: number) => String(now / 1000 + seconds)
    const signed = (text: string, time: string, key = secret) => ({
      'x-timestamp': time,
      'x-signature': createHmac('sha256', key)
        .update(text + time)
        .digest('hex'),
    })
    t.equal(judged(proof, post(body, undefined, signed(body, at(0)))), undefined)
    t.equal(judged(proof, post(body, undefined, signed(body, at(0), 'x'))), 'proof')
    // Its bytes, in whatever charset they are.
    const coded = Buffer.from('{"payload":{"message":"h\xf4\xcc s\xf5"}}', 'latin1')
    const time = at(0)
    const ofBytes = createHmac('sha256', secret).update(coded).update(time).digest('hex')
    t.equal(judged(proof, post(coded, undefined, { 'x-timestamp': time, 'x-signature': ofBytes })), undefined)
    t.equal(judged(proof, post(`${body} `, undefined, signed(body, at(0)))), 'proof')
    t.equal(judged(proof, post(body, undefined, { 'x-timestamp': at(0) })), 'proof')
    t.equal(
      proof.ofHead(post(body, undefined, signed(body, at(-301))).head, '::1'),
      'stale',
      'before the body',
    )
    t.equal(proof.ofHead(post(body, undefined, signed(body, at(301))).head, '::1'), 'stale', 'ahead')
  })
  await t.test('every hash, in either writing', async (t) => {
    for (const algorithm of ['md5', 'sha1', 'sha256', 'hmac-md5', 'hmac-sha1', 'hmac-sha256'] as const)
      for (const encoding of ['hex', 'base64'] as const) {
        const keyed = algorithm.startsWith('hmac-')
        const over = keyed ? '{id}.{text}' : '{id}.{text}.{secret}'
        const proof = proofOf({
          secret,
          proof: 'signature',
          signature: { over, algorithm, encoding, in: 'sig' },
        })
        const text = keyed ? '7.xin chào' : `7.xin chào.${secret}`
        const sig = keyed
          ? createHmac(algorithm.slice(5), secret).update(text).digest(encoding)
          : createHash(algorithm).update(text).digest(encoding)
        const fields = { id: '7', text: 'xin chào', sig }
        t.equal(judged(proof, post(JSON.stringify(fields))), undefined, `${algorithm} ${encoding}, JSON`)
        const named = { ...fields, sig: `${algorithm}=${sig}` }
        t.equal(judged(proof, post(JSON.stringify(named))), undefined, `${algorithm} ${encoding}, named`)
        t.equal(
          judged(proof, get(String(new URLSearchParams(fields)))),
          undefined,
          `${algorithm} ${encoding}, query`,
        )
        t.equal(judged(proof, post(JSON.stringify({ ...fields, text: 'x' }))), 'proof')
      }
  })
})

t.test('a text is found wherever the call has it', async (t) => {
  const { receive } = resolve(
    link({ receive: { secret, fields: { from: ['/a/b/0', 'msisdn'], text: '/a~1x', id: 'header:x-id' } } }),
  )
  const read = (call: Call) => {
    const text = readText(call, receive)
    return 'field' in text
      ? text
      : { from: text.from.address, text: text.body.toString(), id: idOf(text.name) }
  }
  t.match(read(post('{"a":{"b":[84901]},"a/x":"hi"}\0')), { from: '84901', text: 'hi' }, 'with the NUL of C')
  t.same(read(post('{"a":{"b":[84901]},"a/x":"hi"}', undefined, { 'x-id': '9' })), {
    from: '84901',
    text: 'hi',
    id: '9',
  })
  t.same(read(post('{"msisdn":"0901","a/x":""}', 'text/plain')), { from: '0901', text: '', id: '' })
  for (const [body, field] of [
    ['', '/a/b/0'],
    ['[', '/a/b/0'],
    ['{"a":{"b":[{}]},"a/x":"hi"}', '/a/b/0'],
    ['{"msisdn":"0901"}', '/a~1x'],
    ['{"__proto__":{"b":[1]}}', '/a/b/0'],
  ] as const)
    t.same(read(post(body)), { field }, body)

  const android = resolve(link({ preset: 'android' })).receive
  for (const [label, payload] of [
    ['since 2026', { sender: '+84901234567', recipient: null, message: 'hi' }],
    ['before', { phoneNumber: '+84901234567', message: 'hi' }],
    ["as its documents' example", { phoneNumber: '+84901234567', textMessage: { text: 'hi' } }],
  ] as const) {
    const text = readText(post(JSON.stringify({ event: 'sms:received', id: 'e1', payload })), android)
    t.match(text, { from: { address: '+84901234567' }, body: Buffer.from('hi') }, `sms-gate, ${label}`)
  }

  const soap = resolve(
    link({ receive: { secret, fields: { from: '<User_ID>', text: '<Message>', id: '<id>' } } }),
  )
  for (const message of ['HS &lt;4827&gt; &amp;amp; hồ', '<![CDATA[HS <4827> &amp; hồ]]>']) {
    const body = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="urn:s"><s:Body><moReceiver xmlns="urn:x">
      <User_ID xsi:type="xsd:string">84901</User_ID><m:Message>${message}</m:Message><id/></moReceiver></s:Body></s:Envelope>`
    const text = readText(post(body, 'text/xml; charset=utf-8'), soap.receive)
    t.match(text, { from: { address: '84901' }, body: Buffer.from('HS <4827> &amp; hồ') }, message)
  }
  t.same(readText(post('<User_ID>84901</User_ID>', 'text/xml'), soap.receive), { field: '<Message>' })
  for (const [label, body] of [
    [
      'brackets in a CDATA section',
      '<m><User_ID>84901</User_ID><Message><![CDATA[[1] HS ]x] 4827]]></Message></m>',
    ],
    ['other letters', '<m><user_id>84901</user_id><MESSAGE>[1] HS ]x] 4827</MESSAGE></m>'],
    [
      'sections and comments between letters',
      '<m><User_ID><!-- phone -->84901</User_ID><Message>[1] <![CDATA[HS ]]><!-- < -->]x] <![CDATA[4827]]></Message></m>',
    ],
    [
      'a document as the text of an element',
      '<s:Body><arg0>\n&lt;mo&gt;&lt;User_ID&gt;84901&lt;/User_ID&gt;&lt;Message&gt;[1] HS ]x] 4827&lt;/Message&gt;&lt;/mo&gt;</arg0></s:Body>',
    ],
  ] as const)
    t.match(
      readText(post(body, 'text/xml'), soap.receive),
      { from: { address: '84901' }, body: Buffer.from('[1] HS ]x] 4827') },
      label,
    )
  t.equal(elementIn('<id xsi:nil="true"/> 5 <x>', '<id>'), '')

  const plain = resolve(link({ receive: { secret, fields: { charset: 'charset' } } })).receive
  const latin1 = (text: string) => Buffer.from(text).toString('latin1')
  const textOf = (call: Call) => (readText(call, plain) as { body: Buffer }).body.toString()
  t.equal(textOf(get('from=1&text=h%e1%bb%93+s%C6%A1%2B%zz%')), 'hồ sơ+%zz%')
  t.equal(textOf(post('from=1&text=h%e1%bb%93+so', 'application/x-www-form-urlencoded')), 'hồ so')
  const utf16 = [...Buffer.from('hồ', 'utf16le').swap16()].map(
    (byte) => `%${byte.toString(16).padStart(2, '0')}`,
  )
  t.equal(textOf(get(`from=1&text=${utf16.join('')}&charset=UTF-16BE`)), 'hồ')
  // To some the same name is the one order of bytes, to some the other, and some do not say.
  for (const charset of ['UCS-2', 'ISO-10646-UCS-2', 'utf16', 'UTF-16', undefined])
    for (const bytes of [Buffer.from('HS hồ', 'utf16le'), Buffer.from('HS hồ', 'utf16le').swap16()]) {
      const text = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
      const call = get(`from=1&text=${text}${charset ? `&charset=${charset}` : ''}`)
      t.equal(textOf(call), 'HS hồ', charset ?? 'none')
    }
  const json = '{"from":84901,"text":"hồ sơ"}'
  const form = 'from=84901&text=h%E1%BB%93+s%C6%A1'
  for (const [label, call] of [
    ['JSON with a mark', post(`\ufeff${json}`)],
    ['JSON called a form', post(json, 'application/x-www-form-urlencoded')],
    ['JSON in UTF-16', post(Buffer.from(json, 'utf16le'), 'application/json; charset=utf-16le')],
    ['a form called text', post(form, 'text/plain')],
    ['a form called nothing', post(form, '')],
    ['a form with a charset', post(form, 'application/x-www-form-urlencoded; charset=UTF-8')],
    ['JSON with a charset that it has not', post(json, 'application/json; charset=ISO-8859-1')],
    ['a form with a charset that it has not', get(`${form}&charset=windows-1252`)],
    ['a form that is called UTF-16', get(`${form}&charset=UTF-16`)],
    ['a form with a mark', post(`\ufeff${form}`, 'application/x-www-form-urlencoded')],
    ['an address copied out of a page', get(form.replace('&', '&amp;'))],
    ['escape() of a script', get('from=1&text=h%u1ED3%20s%u01A1')],
    ['percent signs twice', get('from=1&text=h%25E1%25BB%2593%2Bs%25C6%25A1')],
    ['HTML entities', get(`from=1&text=${encodeURIComponent('h&#7891; s&#x1A1;')}`)],
    ['JSON escapes twice', post('{"from":"1","text":"h\\\\u1ed3 s\\\\u01a1"}')],
    ['a list of one', post('{"from":["1"],"text":["hồ sơ"]}')],
    ['names in other letters', get(form.replace('from', 'From').replace('text', 'TEXT'))],
    ['JSON with names in other letters', post('{"From":84901,"Text":"hồ sơ"}')],
    ['an empty field before it', get(form.replace('text=', 'text=&text='))],
    ['an address as a model', post(form, '', {}, 'from=&text=&id=')],
    ['an address that has fields', get(`token=x?${form}`)],
    ['JSON in a JSON string', post(JSON.stringify(json))],
    ['JSON, percent-encoded as a whole', post(encodeURIComponent(json))],
    ['a form, percent-encoded as a whole', post(encodeURIComponent(form), 'text/plain')],
    ['UTF-8 taken for Latin-1', get(`from=1&text=${encodeURIComponent(latin1('hồ sơ'))}`)],
    ['UTF-8 taken for Windows', post('{"from":"1","text":"há»“ sÆ¡"}')],
    ['a form as Windows writes it', post('from=1&text=h%F4%CC+s%F5', 'application/x-www-form-urlencoded')],
    ['and says', post('from=1&text=h%F4%CC+s%F5', 'application/x-www-form-urlencoded;charset=windows-1258')],
  ] as const)
    t.equal(textOf(call).normalize('NFC'), 'hồ sơ', label)
})

t.test('what there is in a call, by name and without a value', async (t) => {
  const form = 'application/x-www-form-urlencoded'
  for (const [call, places] of [
    [get('sender=84901&content=x&token=t'), ['sender', 'content', 'token']],
    [post('Sender=1&Msg[]=2', form), ['Sender', 'Msg[]']],
    [
      post('{"data":{"msisdn":"1","list":[{"text":"x"}]},"n":null}'),
      ['/data/msisdn', '/data/list/0/text', '/n'],
    ],
    [post('HS 4827 1936 0518', 'text/plain'), []],
    [post('84901234567=1&Nguyễn Văn A=2', form), []],
    [post('', form), []],
  ] as const)
    t.same(call.places(), places)
})

t.test('a redelivery has the name of its text, however the number it went to is spelled', async (t) => {
  const { receive } = resolve(link())
  const nameOf = (to: string) => {
    const text = readText(post(JSON.stringify({ from: '84901234567', to, text: 'a', id: '7' })), receive)
    return 'field' in text ? text.field : text.name
  }
  for (const to of ['848188', '+848188', '08188', 'tel:8188']) t.equal(nameOf(to), nameOf('8188'), to)
  t.equal(nameOf('0901000001'), nameOf('+84901000001'))
  t.not(nameOf('8288'), nameOf('8188'))
})

t.test('JSON within a field is read like any other', async (t) => {
  const fields = { from: '/data/sender', text: '/data/message/text', id: '/data/id' }
  const { receive } = resolve(link({ receive: { secret, fields } }))
  const json = JSON.stringify({ sender: '84901234567', message: { text: 'HS & số' }, id: 7 })
  const encoded = `data=${encodeURIComponent(json)}`
  const get = new Call({ method: 'GET', path: '/', query: encoded, headers: {} }, undefined)
  for (const [label, call] of [
    ['of a form', post(`kind=mo&${encoded}`, 'application/x-www-form-urlencoded')],
    ['of a query', get],
    ['of JSON', post(JSON.stringify({ type: 'mo', data: json }))],
    ['JSON itself', post(`{"data":${json}}`)],
  ] as const) {
    const text = readText(call, receive)
    t.match(text, { from: { address: '84901234567' }, body: Buffer.from('HS & số') }, label)
  }
})

t.test('the texts of one call', async (t) => {
  const { receive } = resolve(link())
  const of = (body: string, each: string) =>
    post(body)
      .each(each)
      ?.map((one) => {
        const text = readText(one, receive)
        return 'field' in text ? text.field : [text.from.address, text.body.toString(), text.to.address]
      })
  const both = [
    ['841', 'a', '8188'],
    ['842', 'b', '8100'],
  ]
  const list = '[{"from":"841","text":"a"},{"from":842,"text":"b","to":"8100"}]'
  t.same(of(`{"to":"8188","results":${list}}`, '/results'), both, 'what one lacks is that of the call')
  t.same(of(list.replace('"a"', '"a","to":"8188"'), '/'), both, 'the body is the list')
  t.same(of('{"results":[]}', '/results'), [])
  t.same(of('{"results":[{"from":"841","text":"a","to":"8188"},7]}', '/results'), [both[0], 'from'])
  const one = '{"from":"841","text":"a","to":"8188"}'
  t.same(of(`{"results":${one}}`, '/results'), [both[0]], 'a list of one as its entry')
  t.same(of(one, '/'), [both[0]])
  t.same(of(`{"results":{"1":${one},"4":${one}}}`, '/results'), [both[0], both[0]], 'a list with a gap')
  t.same(of('{"results":null}', '/results'), [], 'an empty list')
  t.same(of(`{"body":${JSON.stringify(`{"results":[${one}]}`)}}`, '/body/results'), [both[0]])
  for (const none of ['{"results":{}}', '{}', 'x', '']) t.equal(of(none, '/results'), undefined, none)
})

t.test('a text that was encoded once more than needed is undone where that is certain', async (t) => {
  const text = 'hồ sơ 4827 1936 0518'
  for (const [label, given] of [
    ['UCS-2 as hexadecimal', Buffer.from(text, 'utf16le').swap16().toString('hex')],
    ['UTF-8 as hexadecimal', Buffer.from(text).toString('hex').toUpperCase()],
    ['Base64', Buffer.from(text).toString('base64')],
    ['percent signs', encodeURIComponent(text)],
    ['and plus signs', encodeURIComponent(text).replaceAll('%20', '+')],
  ] as const)
    t.equal(unwrapped(given), text, label)
  for (const typed of [
    '4827193605180001',
    '482719360518482719360518',
    'toimuonhoihosocuatoixongchua',
    'giam 50%20 phan tram',
    '100%',
    'AT&T; C:\\users',
    'HS+4827+1936+0518',
    'H45.12-240823-0001',
    'á à ã â, ốc á»',
    '“Ä‘” — Ã',
  ])
    t.equal(unwrapped(typed), typed, typed)
})

t.test(
  'ids too long for a number are told apart, and numbers of phones are read however they are written',
  async (t) => {
    const { receive } = resolve(link())
    const read = (call: Call) =>
      readText(call, receive) as { name: string; from: { address: string; ton: number } }
    const ids = ['9007199254740993', '9007199254740992', '7381923746501829312', '7381923746501829313']
    const named = ids.map((id) => idOf(read(post(`{"from":"1","text":"\\"id\\":${id}","id":${id}}`)).name))
    t.same(named, ids)
    for (const [written, address, ton] of [
      ['%2B84 901 234 567', '+84901234567', 0],
      ['%2B84901234567', '+84901234567', 0],
      ['+84901234567', '84901234567', 0],
      ['0901.234.567', '0901234567', 0],
      ['(0901) 234-567', '0901234567', 0],
      ['tel:%2B84-901-234-567', '+84901234567', 0],
      ['VIETTEL-199', 'VIETTEL-199', 5],
      ['%22%2B84901234567%22', '+84901234567', 0],
      ['%E2%80%AD%2B84%C2%A0901234567%E2%80%AC', '+84901234567', 0],
      ['%2B84(0)901234567', '+840901234567', 0],
      [encodeURIComponent('＋８４９０１２３４５６７'), '+84901234567', 0],
    ] as const)
      t.match(read(get(`from=${written}&text=a&id=1`)).from, { address, ton }, written)
  },
)

t.test('what tells one text from another', async (t) => {
  const { receive } = resolve(link())
  const named = (query: string) =>
    readText(get(query), receive) as { name: string; identity: string; repeatSeconds?: number }
  const same = (one: string, other: string) => named(one).name === named(other).name
  t.ok(same('from=1&text=a&id=7', 'from=1&text=b&id=7'), 'the id alone')
  t.notOk(same('from=1&text=a&id=7', 'from=2&text=a&id=7'), 'an id that comes again is of another person')
  t.ok(same('from=1&text=a&at=1795000000', 'from=1&text=a&at=1795000000123'), 'the second')
  t.notOk(same('from=1&text=a&at=1795000000', 'from=1&text=a&at=1795000001'))
  t.notOk(
    same('from=1&text=a&at=noon', 'from=1&text=a&at=one'),
    'a time that cannot be read tells them apart, too',
  )
  t.ok(same('from=1&text=a', 'from=1&text=a'))
  t.ok(same('from=0901234567&text=a&id=7', 'from=%2B84901234567&text=a&id=7'), 'one phone in two spellings')
  for (const none of [
    ...['0', 'null', 'undefined', '-1', ' ', 'NaN', 'false', '00000000-0000-0000-0000-000000000000'],
    ...['{id}', '{{message.id}}', `\${id}`, '$id', '%I', '%{id}', '[id]', '<id>', '[object Object]'],
  ]) {
    const id = encodeURIComponent(none)
    t.notOk(same(`from=1&text=a&id=${id}`, `from=1&text=b&id=${id}`), `${none} is no id`)
  }
  for (const id of [
    'a',
    'I',
    '00000001',
    '{7b1c-2}',
    '{6F9619FF-8B86-D011-B42D-00CF4FC964FF}',
    '<4711@host>',
  ])
    t.ok(same(`from=1&text=a&id=${id}`, `from=1&text=b&id=${id}`), `${id} is one`)
  const ofJson = (id: string) =>
    (readText(post(`{"from":"1","text":"a","id":${id}}`), receive) as { name: string }).name
  for (const [one, other] of [
    ['9007199254740992001', '9007199254740992002'],
    ['-9007199254740992001', '-9007199254740992002'],
  ] as const)
    t.not(ofJson(one), ofJson(other), `${one} is not ${other}`)
  for (const at of ['1795000000.25', '1795000000250', '1795000000250000', '1795000000250000000'])
    t.ok(same('from=1&text=a&at=1795000000', `from=1&text=a&at=${at}`), at)
  t.equal(named('from=1&text=a').repeatSeconds, undefined, 'words alone: as long as links repeat')
  t.equal(named('from=1&text=a&id=7').repeatSeconds, 86_400)
})

t.test('numbers in the form the peer wants', async (t) => {
  const all = (address: string) =>
    (['international', 'plus', 'national', 'as-came'] as const).map((form) => numberAs(form, address))
  t.same(all('84901234567'), ['84901234567', '+84901234567', '0901234567', '84901234567'])
  t.same(all('0901234567'), ['84901234567', '+84901234567', '0901234567', '0901234567'])
  t.same(all('+12025550123'), ['12025550123', '+12025550123', '12025550123', '+12025550123'])
  t.same(all('VIETTEL'), ['VIETTEL', 'VIETTEL', 'VIETTEL', 'VIETTEL'])
})

t.test('what an answer to our call means', async (t) => {
  const sendOf = (preset: HttpConfig['preset'], more: HttpConfig['send'] = {}) =>
    resolve(link({ preset, send: { url: 'https://a/', username: 'u', secret, ...more } })).send!
  const of = (send: ReturnType<typeof sendOf>, status: number, body = '') => {
    const { outcome } = readOutcome(send, { status, body })
    return outcome.kind === 'refused' ? `${outcome.how} ${outcome.status}` : outcome.kind
  }
  const plain = sendOf('generic')
  t.same(
    [200, 202, 302, 400, 401, 402, 404, 410, 421, 422, 423, 429, 500, 502, 503, 504].map((status) =>
      of(plain, status),
    ),
    [
      'taken',
      'taken',
      'retry HTTP 302',
      'final HTTP 400',
      'retry HTTP 401',
      'retry HTTP 402',
      'retry HTTP 404',
      'retry HTTP 410',
      'retry HTTP 421',
      'final HTTP 422',
      'retry HTTP 423',
      'throttled HTTP 429',
      'retry HTTP 500',
      'retry HTTP 502',
      'retry HTTP 503',
      'lost',
    ],
  )
  const esms = sendOf('esms')
  t.equal(of(esms, 200, '{"CodeResult":"100","SMSID":"s1"}'), 'taken')
  t.equal(readOutcome(esms, { status: 200, body: '{"CodeResult":100,"SMSID":"s1"}' }).messageId, 's1')
  // As a JavaScript number it would be 12345678901234568, and no receipt would find the reply.
  const longId = '{"CodeResult":100,"SMSID":12345678901234567}'
  for (const body of [longId, JSON.stringify(longId)])
    t.equal(readOutcome(esms, { status: 200, body }).messageId, '12345678901234567', body)
  t.equal(of(esms, 200, '{"CodeResult":"124"}'), 'taken')
  t.equal(of(esms, 200, '{"CodeResult":"146"}'), 'final 146')
  t.equal(of(esms, 200, '{"CodeResult":"101"}'), 'retry 101')
  t.equal(of(esms, 200, '{"CodeResult":"9999"}'), 'retry 9999')
  t.equal(of(esms, 200, '<html>'), 'retry HTTP 200', 'RequestId makes another try safe')
  t.equal(of(sendOf('esms', { repeatable: false }), 200, '<html>'), 'lost')
  t.equal(of(esms, 504, '<html>'), 'retry HTTP 504', 'so does it here')
  t.equal(of(sendOf('kannel'), 202, '0: Accepted for delivery'), 'taken')
  t.equal(of(sendOf('android'), 409), 'taken')
  const xml = sendOf('generic', { code: '<result>', outcomes: { '1': 'taken', '-3': 'throttled' } })
  t.equal(of(xml, 200, '<a><result> 1 </result></a>'), 'taken')
  t.equal(of(xml, 200, '<a><result>-3</result></a>'), 'throttled -3')
  for (const body of [
    '<a><result code="x">1</result></a>',
    '<ns1:result xmlns:ns1="urn:x">1</ns1:result>',
    '<result><![CDATA[ 1 ]]></result>',
    '\n<result>\n1\n</result>',
  ])
    t.equal(of(xml, 200, body), 'taken', body)
  t.equal(of(xml, 200, '<results>1</results>'), 'lost', 'another element')
  const answer = '{"CodeResult":100,"SMSID":"s1"}'
  const inXml = `<?xml version="1.0"?><string xmlns="http://tempuri.org/">${answer}</string>`
  for (const body of [
    JSON.stringify(answer),
    inXml,
    `[${answer}]`,
    answer.replace('CodeResult', 'codeResult'),
    '{"CodeResult":" 100 "}',
  ])
    t.equal(of(esms, 200, body), 'taken', body)
  const words = sendOf('generic', { code: 'text', outcomes: { OK: 'taken', ERR: 'final' } })
  t.equal(of(words, 200, 'OK 4711'), 'taken')
  t.equal(of(words, 500, 'ERR no money'), 'final ERR')
  for (const body of ['ok', '"OK"', '+OK 4711', '\n OK,4711']) t.equal(of(words, 200, body), 'taken', body)
  for (const body of ['constructor', '__proto__', 'toString'])
    t.equal(of(words, 200, body), `retry ${body}`, 'no word of a language is in the table')
  const strict = sendOf('generic', { code: '/code', outcomes: { '0': 'taken' }, otherwise: 'final' })
  t.equal(of(strict, 200, '{"code":"9"}'), 'final 9')
  t.equal(of(strict, 429, '{"code":"9"}'), 'throttled 9', 'whatever a code that is not in the table means')
  const easy = sendOf('generic', { code: '/code', outcomes: { '7': 'final' }, otherwise: 'taken' })
  t.equal(of(easy, 200, '{"code":"9"}'), 'taken')
  t.same(
    [500, 401, 422].map((status) => of(easy, status, '{"code":"9"}')),
    ['retry 9', 'retry 9', 'final 9'],
    'no success beside a status that is none',
  )
  const flag = sendOf('generic', { code: '/ok', outcomes: { true: 'taken', false: 'final' } })
  t.equal(of(flag, 200, '{"ok":true}'), 'taken')
  t.equal(of(flag, 200, '{"ok":false}'), 'final false')
})
