// The known peers, each as a set of settings; a link's own settings override them. Names follow the peers' own documents,
// listed in README.md. A new peer is an entry here and its name in settings.ts.
import type { HttpConfig, PresetName } from './settings.js'

type Preset = Pick<HttpConfig, 'receive' | 'send' | 'hints'>

const esmsBody = (sandbox: 0 | 1) =>
  '{"ApiKey":"{username}","SecretKey":"{secret}","Phone":"{to}","Content":"{text}","Brandname":"{brandname}",' +
  `"SmsType":"2","IsUnicode":"{unicode}","Sandbox":"${sandbox}","RequestId":"{id}","CallbackUrl":"{callbackUrl}"}`

// Their page spells it in two ways.
const receiverTime = ['receiverTime', 'receiveTime']

export const presets: Readonly<Record<PresetName, Preset>> = {
  /** The defaults behind every preset and link. */
  generic: {
    receive: {
      token: { header: 'authorization', query: 'token' },
      signature: { algorithm: 'hmac-sha256', encoding: 'hex', in: 'signature' },
      replaySeconds: 300,
      fields: { from: 'from', to: 'to', text: 'text', id: 'id', at: 'at' },
      answer: 'response',
      deadlineMs: 8000,
      responseType: 'text/plain; charset=utf-8',
      responseTemplate: '{text}',
      acceptedStatus: 202,
      repeatSeconds: 86_400,
    },
    send: {
      method: 'POST',
      type: 'json',
      body: '{"id":"{id}","from":"{from}","to":"{to}","text":"{text}"}',
      numberForm: 'international',
      otherwise: 'retry',
      repeatable: false,
      throughput: 0,
      window: 10,
      timeoutMs: 10_000,
      receipts: { proof: 'token', id: 'id', state: 'state' },
    },
  },

  // ViHAT's eSMS: "Kết nối đầu số ngắn" (texts), "Tin nhắn SMS OTP/CSKH" (our call), "Bảng mã lỗi" (codes).
  esms: {
    receive: {
      proof: 'signature',
      signature: {
        over: '{field:cpid}{id}{text}{at}{secret}',
        algorithm: 'md5',
        encoding: 'base64',
        in: 'sign',
        at: receiverTime,
      },
      // The signed time is that of the text, which may have queued at the peer; an older text gets no answer anyway.
      replaySeconds: 1800,
      fields: { from: 'sender', to: 'serviceNumber', text: 'content', id: 'smsid', at: receiverTime },
      responseType: 'application/xml; charset=utf-8',
      responseTemplate:
        '<ClientResponse><Message>{text}</Message><Smsid>{id}</Smsid><Receiver>{from}</Receiver></ClientResponse>',
      acceptedStatus: 200,
    },
    send: {
      url: 'https://rest.esms.vn/MainService.svc/json/SendMultipleMessage_V4_post_json/',
      body: esmsBody(0),
      code: '/CodeResult',
      messageId: '/SMSID',
      repeatable: true, // RequestId; 124 says that it was seen before
      outcomes: {
        '100': 'taken',
        '124': 'taken',
        '99': 'final', // the number is blocked
        '108': 'final', // no number
        '146': 'final', // not a registered template
        '177': 'final', // its network is not registered
        // Keys, balance, brand name and address: the operator can fix them while the reply lives.
        '101': 'retry',
        '103': 'retry',
        '104': 'retry',
        '140': 'retry',
      },
      probe: { body: esmsBody(1), to: '84901234567', good: ['100', '124'], notices: true },
      receipts: {
        id: 'SMSID',
        state: 'SendStatus',
        states: { '1': 'ENROUTE', '2': 'ENROUTE', '4': 'REJECTD', '5': 'DELIVRD', '7': 'ACCEPTD' },
      },
    },
  },

  // Kannel 1.4.5's user guide: get-url of smsbox (table 7-10), sendsms by POST (tables 7-12 and 7-16). The password
  // travels in a header, because URLs are logged.
  kannel: {
    receive: {
      proof: 'token',
      fields: { charset: 'charset' },
      responseHeaders: { 'x-kannel-coding': '{coding}' },
      acceptedStatus: 202,
    },
    send: {
      url: 'http://127.0.0.1:13013/cgi-bin/sendsms',
      type: 'text',
      body: '{text}',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'x-kannel-username': '{username}',
        'x-kannel-password': '{secret}',
        'x-kannel-from': '{from}',
        'x-kannel-to': '{to}',
        'x-kannel-coding': '{coding}',
      },
      numberForm: 'as-came',
      outcomes: { '202': 'taken', '400': 'final', '403': 'retry', '404': 'retry', '503': 'retry' },
      // Without a recipient it says whether it knows us, and sends nothing.
      probe: { good: ['400'] },
      receipts: {
        states: { '1': 'DELIVRD', '2': 'UNDELIV', '4': 'ENROUTE', '8': 'ACCEPTD', '16': 'REJECTD' },
        headers: { 'x-kannel-dlr-mask': '19', 'x-kannel-dlr-url': '{callbackUrl}&id={id}&state=%d' },
      },
    },
  },

  // SMS Gateway for Android (sms-gate.app): "Webhooks" (texts, signature), "Sending Messages" (our call).
  android: {
    receive: {
      proof: 'signature',
      signature: {
        over: '{body}{header:x-timestamp}',
        algorithm: 'hmac-sha256',
        encoding: 'hex',
        in: 'header:x-signature',
        at: 'header:x-timestamp',
      },
      // Their messageId is derived from the content and may repeat; the id of the event is unique.
      fields: {
        from: ['/payload/sender', '/payload/phoneNumber'],
        to: '/payload/recipient',
        // Their page shows the second, their app sends the first.
        text: ['/payload/message', '/payload/textMessage/text'],
        id: '/id',
        at: '/payload/receivedAt',
      },
      only: { '/event': 'sms:received' },
      answer: 'call',
      acceptedStatus: 200,
    },
    send: {
      url: 'https://api.sms-gate.app/3rdparty/v1/messages',
      headers: { authorization: 'Basic {basic}' },
      body: '{"id":"{id}","textMessage":{"text":"{text}"},"phoneNumbers":["{to}"],"ttl":3600,"withDeliveryReport":{receipts}}',
      numberForm: 'plus',
      repeatable: true, // id; 409 says that it was seen before
      outcomes: { '409': 'taken', '401': 'retry' },
      // A phone sends one text every few seconds; its network refuses what exceeds the limit.
      window: 2,
      probe: { url: 'https://api.sms-gate.app/3rdparty/v1/webhooks', method: 'GET', good: ['200'] },
      receipts: {
        proof: 'same',
        id: '/payload/messageId',
        state: '/event',
        states: { 'sms:sent': 'ACCEPTD', 'sms:delivered': 'DELIVRD', 'sms:failed': 'UNDELIV' },
      },
    },
  },
}
