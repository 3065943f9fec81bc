// Settings common to all links, whatever the carrier.
import { flag, text } from '../../config/slice.js'
import { Type } from '../../schema.js'

const shortCode = {
  pattern: '^[\\x21-\\x7e]([\\x20-\\x7e]{0,18}[\\x21-\\x7e])?$',
  form: '1 to 20 digits or letters without accents, in quotes',
}

export const linkKeys = {
  name: text('name of the link, used in logs, metrics and on the monitor'),
  shortCode: Type.String({ ...shortCode, description: 'source address of replies' }),
  shortCodes: Type.Array(Type.String(shortCode), {
    default: [],
    description: 'further numbers of this link; a text to one of them is answered from the same number',
  }),
  pricePerText: Type.Optional(
    Type.String({
      maxLength: 20,
      description: 'what a text costs its sender, stated in help, e.g. "1.000 đ"',
    }),
  ),
  // With a short code of 11 digits every sentence that names it is still one text (test/sms/conversation/reply.test.ts).
  keywordPrefix: Type.String({
    default: '',
    maxLength: 20,
    description: 'words that every text on a shared short code must begin with, e.g. "HCC PY"',
  }),
  deliveryReceipts: flag('ask for delivery receipts, and count them', false),
}
