// A number on a citizen's screen is called as it stands there: two in one field are two links, and an extension is no part of
// one.
import t from 'tap'
import { telephonesIn } from '../../kiosk/parts/telephones.js'

t.test('each telephone of an office is called by itself', async (t) => {
  for (const [text, ...calls] of [
    ['0257 3841 234', '02573841234'],
    ['0257-3841-234', '02573841234'],
    ['1022', '1022'],
    ['+84 257 3 841 111', '+842573841111'],
    ['(0257) 3 841 111 - 3 842', '02573841111'],
    ['0257 3841 234 - 0905 123 456', '02573841234', '0905123456'],
    ['02573841234-0905123456', '02573841234', '0905123456'],
    ['0257.3.800.800 (máy lẻ 123 – cô Lan)', '02573800800'],
    ['Đường dây nóng: 0257 3 841 111; 1022', '02573841111'],
    ['0905 123 456 0257 3841 234'],
    ['hỏi tại quầy'],
  ] as const) {
    const parts = telephonesIn(text)
    t.equal(parts.map((part) => part.text).join(''), text, 'shown as it is')
    t.same(
      parts.flatMap(({ dial }) => dial ?? []),
      calls,
      text,
    )
  }
})
