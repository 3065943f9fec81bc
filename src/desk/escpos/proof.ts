// The proof ticket: every way a printer may know Vietnamese, numbered, so that a person reads which line is right.
import type { CodePage } from './code-pages.js'
import { type Paper, type SlipLine, slipBytes } from './slip.js'

/** One way to try: `cp1258:52`, `tcvn3:30/31`, `raster`. */
export interface Candidate {
  readonly written: string
  readonly text: 'raster' | CodePage
  readonly codePage?: number
  readonly capitalsPage?: number
}

// Letters that go wrong first: two marks, hooks, horns, đ, and capitals with tones.
const sampleText = 'Đặng Thị Hồng Phượng: sổ đỏ, Ủy ban, THỦ TỤC ẤP Ỷ'
const everyLetter = [
  'àáảãạ ằắẳẵặ ầấẩẫậ èéẻẽẹ',
  'ềếểễệ ìíỉĩị òóỏõọ ồốổỗộ',
  'ờớởỡợ ùúủũụ ừứửữự ỳýỷỹỵ',
  'ăâêôơưđ ĂÂÊÔƠƯĐ ẤẾỐỚỨÝ',
]

/** The ticket's bytes: for each candidate its number, how it would be written in a profile, and the same text. */
export function proofBytes(candidates: readonly Candidate[], paper: Paper, label: string): Buffer {
  const head: SlipLine[] = [
    { kind: 'text', text: `PROOF ${label}`, bold: true },
    { kind: 'text', text: 'Dòng nào đúng? / Which line is right?' },
    { kind: 'feed', lines: 1 },
  ]
  const foot: SlipLine[] = [
    { kind: 'text', text: '0: ascii (không dấu / no accents)' },
    { kind: 'text', text: '|'.repeat(paper.columns) },
    { kind: 'cut' },
  ]
  return Buffer.concat([
    slipBytes(head, { ...paper, text: 'ascii' }),
    ...candidates.map((candidate, at) => candidateBytes(candidate, at + 1, paper)),
    slipBytes(foot, { ...paper, text: 'ascii' }, true),
  ])
}

function candidateBytes(candidate: Candidate, number: number, paper: Paper): Buffer {
  const { written: _, ...how } = candidate
  const { codePage: __, capitalsPage: ___, ...rest } = paper
  // A page that lacks a letter must show so here, not be helped by a picture.
  const trial: Paper = { ...rest, ...how, pictures: how.text === 'raster' }
  const lines = [sampleText.slice(0, paper.columns), ...everyLetter]
  return slipBytes(
    [
      { kind: 'text', text: `${number}: ${candidate.written}`, bold: true },
      ...lines.map((text): SlipLine => ({ kind: 'text', text })),
    ],
    trial,
    true,
  )
}
