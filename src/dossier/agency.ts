// The offices whose dossiers are answered for, as agencies.yaml lists them, and the one that exists for trying.

/** One line of agencies.yaml. */
export interface Agency {
  readonly code: string
  /** 0–999, unique, never reused: it is inside printed lookup numbers. */
  readonly index: number
  readonly name: string
  /** ASCII, for SMS. */
  readonly shortName: string
  readonly phone: string
  readonly address: string
  /** Former codes still on paper; they resolve to `code`. */
  readonly aliases: readonly string[]
  /** `YYYY-MM-DD` when the code was closed; its numbers still resolve. */
  readonly retired?: string
  /** Extra legacy number shapes as anchored regular expressions on the upper-cased text. */
  readonly patterns: readonly string[]
}

/** Code and index are reserved: real agencies use neither. */
export const sandboxAgency: Agency = {
  code: '000.00.00.X00',
  index: 999,
  name: 'Cơ quan thử nghiệm',
  shortName: 'Co quan thu',
  phone: '0257 000 0000',
  address: '',
  aliases: [],
  patterns: [],
}
