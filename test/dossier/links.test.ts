// What looks like a link, and what only lacks a blank behind its full stop.
import t from 'tap'
import { holdsLink } from '../../src/dossier/links.js'

t.test('links are known by their ends and by their paths', async (t) => {
  for (const text of [
    'xem tại hcc.vn',
    'https://x',
    'hxxps://x',
    'WWW.HCC',
    'nộp phí tại hoso-dvc.shop',
    'dichvucong-gov.cc.',
    'nopphi.online/hs',
    'dịchvụ.site',
    'bit.do/x7',
    't.co/abc',
    'zalo.me',
  ])
    t.ok(holdsLink(text), text)
  for (const text of [
    'Mang bản chính.Có bản sao thì càng tốt',
    'CMND.CCCD/hộ chiếu',
    'Bổ sung sổ hộ khẩu.Do thiếu trang 2',
    'Thông tư 01/2024/TT-BTC, mẫu 03.a/TK',
    'H45.12-261105-0001',
    '1.004194.000.00.00.H45',
    'phí 150.000 đ, 8.30 giờ',
    'đất ở, v.v.',
  ])
    t.notOk(holdsLink(text), text)
})
