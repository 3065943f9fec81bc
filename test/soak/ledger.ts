// The books of a soak: what was acknowledged to whom, and at the end what became of each. A debt is an acknowledgement
// nobody can account for; a good run has none.

export interface Ledger {
  readonly seed: number
  readonly tookSeconds: number
  readonly faults: Record<string, number>
  readonly updates: {
    acknowledged: number
    refused: number
    dossiers: number
    /** Older than acknowledged, or gone. */
    lost: string[]
    /** A word nobody sent. */
    invented: string[]
  }
  readonly texts: {
    sent: number
    acknowledged: number
    answered: number
    /** No reply, with the reasons recorded. */
    reasons: Record<string, number>
    unaccounted: string[]
    /** More than one reply though the SMSC's response was not lost. */
    doubled: string[]
    /** A second reply because the response to the first was lost. */
    resent: number
  }
  readonly watches: {
    /** DK sent; booked: told so; changes: acknowledged pushes that a watcher must hear of. */
    asked: number
    booked: number
    changes: number
    notices: number
    /** Changes that the next one undid before they could be told. */
    overtaken: number
    /** A second notice because the response to the first was lost. */
    resent: number
    missing: string[]
    doubled: string[]
  }
  readonly lookups: {
    asked: number
    /** Of these, by devices enrolled as kiosks. */
    byKiosk: number
    answered: number
    unavailable: number
    /** Older than what was acknowledged before the question was asked. */
    stale: string[]
    /** "Unknown" for a dossier whose push was acknowledged. */
    denied: string[]
    /** Neither an answer nor "unavailable". */
    odd: string[]
    /** What each took, ms, by whether the gateway was being attacked. */
    tookMs: Record<'alone' | 'attacked', number[]>
  }
  readonly source: {
    dossiers: number
    changes: number
    requests: number
    /** Differs from the source long after the last change. */
    behind: string[]
  }
  /** What the gateway itself called its own mistake. */
  readonly mistakes: string[]
  readonly slips: {
    jobs: number
    states: Record<string, number>
    reasons: Record<string, number>
    printed: number
    unaccounted: string[]
    doubled: string[]
    /** Confirmed by the printer, and no paper came out. */
    phantom: string[]
  }
}

/** Every entry of the books that must be empty. */
export function debts({ updates, texts, watches, lookups, source, slips, mistakes }: Ledger): string[] {
  return Object.entries({
    'updates lost': updates.lost,
    'updates invented': updates.invented,
    'texts unaccounted': texts.unaccounted,
    'texts doubled': texts.doubled,
    'notices missing': watches.missing,
    'notices doubled': watches.doubled,
    'lookups stale': lookups.stale,
    'lookups denied': lookups.denied,
    'lookups odd': lookups.odd,
    'source not followed': source.behind,
    'slips unaccounted': slips.unaccounted,
    'slips doubled': slips.doubled,
    'slips phantom': slips.phantom,
    'own mistake': mistakes,
  }).flatMap(([what, which]) => which.map((one) => `${what}: ${one}`))
}

// Causes before their many effects.
const rank = (debt: string) => (debt.startsWith('own mistake') ? 0 : 1)

/** In the order of the values: that of 99 in 100, ms; 0 where there is none. */
function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0
}

/** The ledger as a person reads it. */
export function printed(ledger: Ledger): string {
  const { seed, tookSeconds, faults, updates, texts, watches, lookups, source, slips } = ledger
  const pairs = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none'
  const owed = debts(ledger)
  const { alone, attacked } = lookups.tookMs
  const times = `p99 ${p99(alone).toFixed(0)} ms${attacked.length > 0 ? `, attacked ${p99(attacked).toFixed(0)} ms` : ''}`
  return [
    `ledger of seed ${seed}, ${tookSeconds} s`,
    `  faults   ${pairs(faults)}`,
    `  updates  ${updates.acknowledged} acknowledged on ${updates.dossiers} dossiers, ${updates.refused} refused (told to try again), ${updates.lost.length} lost, ${updates.invented.length} invented`,
    `  texts    ${texts.acknowledged} of ${texts.sent} acknowledged, ${texts.answered} answered, ${texts.resent} answered twice for a lost response, reasons: ${pairs(texts.reasons)}, ${texts.unaccounted.length} unaccounted`,
    `  watches  ${watches.booked} of ${watches.asked} booked, ${watches.changes} changes, ${watches.notices} notices, ${watches.overtaken} overtaken, ${watches.resent} sent twice for a lost response, ${watches.missing.length} missing, ${watches.doubled.length} doubled`,
    `  lookups  ${lookups.asked} asked (${lookups.byKiosk} by kiosks), ${lookups.answered} answered, ${lookups.unavailable} "unavailable", ${lookups.stale.length} stale, ${lookups.denied.length} denied, ${times}`,
    `  source   ${source.changes} changes on ${source.dossiers} dossiers, ${source.requests} requests, ${source.behind.length} not followed`,
    `  slips    ${slips.jobs} jobs (${pairs(slips.states)}; reasons: ${pairs(slips.reasons)}), ${slips.printed} on paper, ${slips.unaccounted.length} unaccounted, ${slips.doubled.length} doubled`,
    owed.length === 0
      ? '  every acknowledgement is accounted for'
      : `  ${owed.length} NOT ACCOUNTED FOR:\n${owed
          .sort((a, b) => rank(a) - rank(b))
          .slice(0, 20)
          .map((one) => `    ${one}`)
          .join('\n')}`,
  ].join('\n')
}
