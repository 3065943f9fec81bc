// The receipt most desk tests print, and the words of the slip.

import type { Receipt, SlipWords } from '../../src/desk/slip/receipt.js'
import { openWording } from '../../src/dossier/wording.js'

export const sample: Receipt = {
  agency: { code: '000.00.15.H45', name: 'Sở Xây dựng tỉnh Phú Yên', phone: '0257 3841 234' },
  dossierNo: '000.00.15.H45-190521-0003',
  lookupNumber: '482719360518',
  receivedAt: Date.UTC(2019, 4, 21, 1, 30),
  dueAt: Date.UTC(2019, 5, 4, 10),
}

export const printing = {
  copies: 1,
  reprint: 0,
  office: '',
  printedAt: Date.UTC(2019, 4, 21, 1, 42),
  sms: { shortCode: '8188', keywordPrefix: '' },
}

export const wording = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })
export const words: SlipWords = (key, ...fillings) => wording.vi.text(`slip.${key}`, ...fillings)
