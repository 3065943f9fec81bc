// The receipt most desk tests print, and the words of the slip.
import type { Receipt, SlipWords } from '../../src/desk/receipt.js'

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
  printedAt: Date.UTC(2019, 4, 21, 1, 42),
  sms: { shortCode: '8188', keywordPrefix: '' },
}

const text = {
  lookupNumber: 'Số tra cứu',
  dossierNo: 'Mã hồ sơ',
  received: 'Nhận {date}',
  due: 'Hẹn trả {date}',
  moved: 'Hẹn lại {date}',
  sms: 'Soạn: {text} gửi {shortCode}',
  rule: 'Tin trả lời không hỏi tiền, PIN.',
  reprint: 'BẢN IN LẠI',
  copy: 'Liên {copy}',
  phone: 'ĐT {phone}',
}

export const words: SlipWords = (key, values = {}) =>
  text[key].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
