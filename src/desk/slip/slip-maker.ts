// From a dossier to the content of a slip, and from that to lines, bytes and text for one printer.

import type { Config } from '../../config/config.js'
import { type Agency, answeringAgencies } from '../../dossier/agency.js'
import type { Dossier } from '../../dossier/dossier.js'
import type { Texting } from '../../dossier/texting.js'
import type { TellTruth } from '../../dossier/truth.js'
import type { Words } from '../../dossier/wording.js'
import { proofBytes, proofText } from '../escpos/proof.js'
import { type SlipLine, slipBytes } from '../escpos/slip.js'
import { foldAscii } from '../escpos/vietnamese.js'
import type { QueuedJob } from '../print-queue.js'
import type { Profile, Profiles } from '../profiles.js'
import { pngOf } from './png.js'
import { type Printing, previewSlip, type Receipt, type SlipWords, slipLines, testLines } from './receipt.js'
import { drawSlip } from './slip-picture.js'

interface SlipMakerDeps {
  readonly agencies: readonly Agency[]
  readonly profiles: Profiles
  readonly truthOf: TellTruth
  /** Slips speak Vietnamese. */
  readonly words: Words
  readonly office: Pick<Config['office'], 'name' | 'hotline'>
  /** As it is now: the links may change at run time. */
  sms?(): Texting | undefined
}

/** What to print: a slip has its receipt, a ticket its name. */
type Sheet = Pick<QueuedJob, 'receipt' | 'ticket' | 'copies' | 'reprint'>

export interface SlipMaker {
  receipt(dossier: Dossier, lookupNumber: string | undefined): Receipt
  bytes(sheet: Sheet, profile: Profile): Buffer
  /** One copy of the sheet as a PNG; `copy` counts from 1. */
  picture(sheet: Sheet, copy: number, profile: Profile): Buffer
  text(sheet: Sheet, profile: Profile): string
}

/** Opens the maker of slips and tickets. `now` is epoch ms. */
export function openSlipMaker(deps: SlipMakerDeps, now: () => number = Date.now): SlipMaker {
  const { profiles, words, office } = deps
  const agencies = answeringAgencies(deps.agencies, office.hotline)
  const say: SlipWords = (key, ...fillings) => words.text(`slip.${key}`, ...fillings)
  const lines = ({ ticket, receipt, copies, reprint }: Sheet, columns: number) => {
    if (ticket === 'test') return testLines(now(), say)
    if (!receipt) throw new Error('neither a slip nor a ticket')
    const sms = deps.sms?.()
    const printing: Printing = {
      copies,
      reprint,
      printedAt: now(),
      office: office.name,
      ...(sms ? { sms } : {}),
    }
    const template = profiles.template(receipt.agency.code)
    return slipLines(receipt, printing, say, template, columns)
  }
  // A picture shows the letters as we draw them, so there is only one encoding to judge.
  const proofLines = ({ columns, label }: Profile) =>
    proofText(profiles.proof, columns, label)
      .split('\n')
      .map((text): SlipLine => ({ kind: 'text', text }))
  return {
    receipt(dossier, lookupNumber) {
      const agency = agencies.get(dossier.dossierNo.agency)
      const code = agency?.code ?? dossier.dossierNo.agency
      const { promised } = deps.truthOf(dossier, now())
      const due = promised?.formerly ?? promised?.at
      return {
        agency: { code, name: agency?.name ?? code, phone: agency?.phone ?? '' },
        dossierNo: dossier.dossierNo.text,
        ...(lookupNumber === undefined ? {} : { lookupNumber }),
        ...(dossier.receivedAt === undefined ? {} : { receivedAt: dossier.receivedAt }),
        ...(due === undefined ? {} : { dueAt: due }),
        ...(promised?.kind === 'moved' ? { extendedDueAt: promised.at } : {}),
      }
    },
    bytes: (sheet, profile) =>
      sheet.ticket === 'proof'
        ? proofBytes(profiles.proof, profile, profile.label)
        : slipBytes(lines(sheet, profile.columns), profile),
    picture(sheet, copy, profile) {
      const all = sheet.ticket === 'proof' ? proofLines(profile) : lines(sheet, profile.columns)
      return pngOf(drawSlip(copyOf(all, copy), profile))
    },
    text(sheet, profile) {
      // The proof ticket must show accents, even on a printer configured without them.
      if (sheet.ticket === 'proof') return proofText(profiles.proof, profile.columns, profile.label)
      const text = previewSlip(lines(sheet, profile.columns), profile.columns)
      return profile.text === 'ascii' ? text.split('\n').map(foldKeepingBlanks).join('\n') : text
    },
  }
}

function copyOf(lines: readonly SlipLine[], copy: number): readonly SlipLine[] {
  const cuts = lines.flatMap(({ kind }, at) => (kind === 'cut' ? [at] : []))
  return lines.slice(copy > 1 ? cuts[copy - 2]! + 1 : 0, cuts[copy - 1])
}

function foldKeepingBlanks(line: string): string {
  const indent = line.length - line.trimStart().length
  return ' '.repeat(indent) + foldAscii(line)
}
