// The proof ticket: every Vietnamese encoding a printer may support, numbered, so that a person can tell which line is
// right.
import type { CodePage } from './code-pages.js'
import { type Paper, type SlipLine, slipBytes } from './slip.js'
import { vietnameseLetters } from './vietnamese.js'

/** One way to try: `cp1258:52`, `tcvn3:30/31`, `raster`. */
export interface Candidate {
  readonly written: string
  readonly text: 'raster' | CodePage
  readonly codePage?: number
  readonly capitalsPage?: number
}

// Letters that go wrong first: two marks, hooks, horns, đ, and capitals with tones.
const sampleText = 'Đặng Thị Hồng Phượng: sổ đỏ, Ủy ban, THỦ TỤC ẤP Ỷ'
const question = 'Dòng nào đúng? / Which line is right?'
const noAccents = '0: ascii (không dấu / no accents)'

/** All 146 letters in as few lines as the paper allows: a vowel in its six tones is a group, đ stands with the last. */
export function letterLines(columns: number): string[] {
  const half = vietnameseLetters.length / 2
  return [0, half].flatMap((from) => {
    const letters = vietnameseLetters.slice(from, from + half).join('')
    const lines: string[] = []
    for (const group of letters.match(/.{6}(?:.$)?/g)!) {
      const joined = `${lines.at(-1)} ${group}`
      if (lines.length > 0 && joined.length <= columns) lines[lines.length - 1] = joined
      else lines.push(group)
    }
    return lines
  })
}

/**
 * The ticket for a printer that takes text and never sees our bytes: its letters arrive intact or folded, whatever the
 * encoding, so only one line can differ from line 0.
 */
export function proofText(candidates: readonly Candidate[], columns: number, label: string): string {
  const letters = [sampleText.slice(0, columns), ...letterLines(columns)]
  const number = candidates.findIndex(({ text }) => text === 'raster') + 1
  const accents = number > 0 ? [`${number}: ${candidates[number - 1]!.written}`, ...letters] : []
  return `${[`PROOF ${label}`, question, '', ...accents, noAccents].join('\n')}\n`
}

/** The ticket's bytes: for each candidate its number, how it would be written in a profile, and the same text. */
export function proofBytes(candidates: readonly Candidate[], paper: Paper, label: string): Buffer {
  const head: SlipLine[] = [
    { kind: 'text', text: `PROOF ${label}`, bold: true },
    { kind: 'text', text: question },
    { kind: 'feed', lines: 1 },
  ]
  const foot: SlipLine[] = [
    { kind: 'text', text: noAccents },
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
  // A page that lacks a letter must show it here, instead of falling back to a picture.
  const trial: Paper = { ...rest, ...how, pictures: how.text === 'raster' }
  const lines = [sampleText.slice(0, paper.columns), ...letterLines(paper.columns)]
  return slipBytes(
    [
      { kind: 'text', text: `${number}: ${candidate.written}`, bold: true },
      ...lines.map((text): SlipLine => ({ kind: 'text', text })),
    ],
    trial,
    true,
  )
}
