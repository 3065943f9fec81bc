// Settings of a link to an SMSC.
import { flag, hostForm, oneOf, port, whole } from '../../../config/slice.js'
import { type Static, Type } from '../../../schema.js'
import { linkKeys } from '../common-settings.js'

// SMPP v3.4 §3.1 allows ASCII. Peers accept Latin-1 too, one byte for each letter; other letters do not fit into one byte.
const loginForm = {
  pattern: '^[\\x01-\\xff]*$',
  form: 'letters that SMPP can carry: without Vietnamese accents',
}

/** Keys of an SMSC link, in addition to those of every link (../common-settings.ts). */
export const smppKeys = {
  ...linkKeys,
  host: Type.String({ ...hostForm, description: 'the SMSC' }),
  port: port('its port', 2775),
  tls: flag('TLS with the system certificate store', false),
  tlsCa: Type.Optional(Type.String({ description: 'file with the CA certificate(s) of the SMSC, PEM' })),
  systemId: Type.String({ ...loginForm, default: 'gateway', description: 'login name at the SMSC' }),
  password: Type.Optional(
    Type.String({
      ...loginForm,
      maxLength: 64,
      description:
        'login password, by SMPP v3.4 §5.2.2 at most 8 characters; longer ones are sent whole, with a warning; prefer passwordFile',
    }),
  ),
  passwordFile: Type.Optional(Type.String({ description: 'file holding password' })),
  systemType: Type.String({ ...loginForm, default: '', description: 'system_type of the bind' }),
  bindMode: oneOf(
    ['transceiver', 'split'],
    'one transceiver, or one transmitter and one receiver',
    'transceiver',
  ),
  binds: whole('sessions to the same SMSC', 1, 1, 32),
  sourceTon: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 7,
      description: 'type of number of shortCode; left out: as the question came',
    }),
  ),
  sourceNpi: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 18, description: 'numbering plan of shortCode' }),
  ),
  destTon: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 7,
      description: 'type of number of the citizen; left out: as the question came',
    }),
  ),
  destNpi: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 18, description: 'numbering plan of the citizen' }),
  ),
  window: whole('submit_sm outstanding at a time, per session', 50, 1, 1000),
  throughput: Type.Number({ minimum: 0, default: 0, description: 'segments a second, 0 = no limit' }),
  enquireLinkIntervalMs: whole('silence before enquire_link', 30_000, 100),
  responseTimeoutMs: whole('wait for any response before it counts as lost', 30_000, 100),
  defaultAlphabet: oneOf(
    ['gsm7', 'ascii', 'latin1', 'packed7'],
    'what data_coding 0 means at this operator; packed7: texts come as packed septets, replies go unpacked',
    'gsm7',
  ),
  billing: Type.Optional(
    Type.Object(
      {
        valid: Type.Optional(
          Type.String({ description: 'service_type of answers the citizen pays for', maxLength: 5 }),
        ),
        invalid: Type.Optional(
          Type.String({ description: 'service_type of answers that must not be charged', maxLength: 5 }),
        ),
        tlv: Type.Optional(
          Type.Object(
            {
              tag: Type.Integer({
                minimum: 0x1400,
                maximum: 0x3fff,
                description: 'vendor TLV tag carrying the hint',
              }),
              valid: Type.String({ description: 'its value on answers the citizen pays for' }),
              invalid: Type.String({ description: 'its value on answers that must not be charged' }),
            },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false, description: 'billing hint per outcome' },
    ),
  ),
}

export type SmppConfig = Static<ReturnType<typeof Type.Object<typeof smppKeys>>>
