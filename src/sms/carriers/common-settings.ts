// Settings common to all links, whatever the carrier.
import { flag, text } from '../../config/slice.js'
import { Type } from '../../schema.js'

export const linkKeys = {
  name: text('name of the link, used in logs, metrics and on the monitor'),
  shortCode: Type.String({ minLength: 1, maxLength: 20, description: 'source address of replies' }),
  shortCodes: Type.Array(Type.String({ minLength: 1, maxLength: 20 }), {
    default: [],
    description: 'further numbers of this link; a text to one of them is answered from the same number',
  }),
  pricePerText: Type.Optional(
    Type.String({
      maxLength: 20,
      description: 'what a text costs its sender, stated in help, e.g. "1.000 đ"',
    }),
  ),
  keywordPrefix: text('words that every text on a shared short code must begin with, e.g. "HCC PY"', ''),
  deliveryReceipts: flag('ask for delivery receipts, and count them', false),
}
