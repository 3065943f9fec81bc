// The notice for the wall: its content comes from the configuration, its QR code opens the right text, and it requests no
// data.
import jsqrModule from 'jsqr'
import t from 'tap'
import type { Config } from '../../src/config/config.js'
import { openWording } from '../../src/dossier/wording.js'
import { noticePage } from '../../src/kiosk/notice/page.js'
import { waysOf } from '../../src/kiosk/ways.js'

const jsqr = jsqrModule as unknown as (
  data: Uint8ClampedArray,
  width: number,
  height: number,
) => { data: string } | null

const config = {
  http: { publicUrl: 'https://hoso.example.vn' },
  office: { name: 'Sở', address: '', email: '', hotline: '1900 0000' },
  complaints: {},
  sms: { enabled: true, links: [{ shortCode: '8188', pricePerText: '1.000 đ', keywordPrefix: 'HCC PY' }] },
  agencies: [
    {
      code: 'H45.12',
      name: 'Phường <Bình An>',
      phone: '0257 000 0112',
      email: 'ba@example.vn',
      address: '12 đường Mẫu',
      aliases: [],
    },
  ],
} as unknown as Config
const [agency] = config.agencies

/** What a phone decodes from our drawing. */
function readSvg(svg: string): string | undefined {
  const size = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
  const scale = 4
  const width = size * scale
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255)
  const path = /<path d="(M[^"]*)" fill="#000"/.exec(svg)?.[1] ?? ''
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
    for (let dy = 0; dy < scale; dy++)
      for (let dx = 0; dx < scale; dx++)
        pixels.fill(
          0,
          ((Number(y) * scale + dy) * width + Number(x) * scale + dx) * 4,
          ((Number(y) * scale + dy) * width + Number(x) * scale + dx) * 4 + 3,
        )
  return jsqr(pixels, width, width)?.data
}

const { vi } = openWording({ vi: 'config/wording.vi.yaml', en: 'config/wording.en.yaml' })

for (const size of ['a4', 'a3'] as const)
  t.test(`a notice on ${size}`, async (t) => {
    const html = noticePage({
      agency: agency!.name,
      ways: waysOf(config, agency),
      size,
      period: '6 tháng đầu năm 2026',
      figures: [{ label: 'hồ sơ tiếp nhận', value: '1.234' }],
      complaintDays: 3,
      words: vi,
    })
    for (const words of [
      'HCC PY HS mã-hồ-sơ',
      'HCC PY PA mã-hồ-sơ',
      '8188',
      '1.000 đ',
      '1900 0000',
      'ba@example.vn',
      '12 đường Mẫu',
      'https://hoso.example.vn/kiosk/',
      '1.234',
      '3 ngày làm việc',
      'Phường &lt;Bình An&gt;',
      `size: ${size.toUpperCase()} portrait`,
    ])
      t.ok(html.includes(words), words)
    t.notMatch(html, /<script|src=|url\(|href=/)
    const [text, page] = [...html.matchAll(/<svg.*?<\/svg>/g)].map(([svg]) => readSvg(svg))
    t.equal(text, 'sms:8188?body=HCC%20PY%20HS%20')
    t.equal(page, 'https://hoso.example.vn/kiosk/')
  })
