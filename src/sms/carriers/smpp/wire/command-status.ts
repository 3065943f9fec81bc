// How to react to an SMSC's command_status. The table decides; no other file compares status numbers.

/**
 * `done`: accepted; `throttled`: we are too fast, the message is fine; `retry`: a temporary fault; `rebind`: the session
 * may no longer be good; `final`: this message will never be accepted.
 */
type Reaction = 'done' | 'throttled' | 'retry' | 'rebind' | 'final'

// SMPP v3.4 §5.1.3, and from 0x100 what v5 §4.7.6 adds for a submit_sm. Statuses outside the table (reserved and vendor ranges)
// are retried as long as the reply lives.
const table: readonly (readonly [code: number, name: string, reaction: Reaction])[] = [
  [0x00, 'ESME_ROK', 'done'],
  [0x01, 'ESME_RINVMSGLEN', 'final'],
  [0x02, 'ESME_RINVCMDLEN', 'final'],
  [0x03, 'ESME_RINVCMDID', 'final'],
  [0x04, 'ESME_RINVBNDSTS', 'rebind'],
  [0x05, 'ESME_RALYBND', 'rebind'],
  [0x06, 'ESME_RINVPRTFLG', 'final'],
  [0x07, 'ESME_RINVREGDLVFLG', 'final'],
  [0x08, 'ESME_RSYSERR', 'retry'],
  [0x0a, 'ESME_RINVSRCADR', 'final'],
  [0x0b, 'ESME_RINVDSTADR', 'final'],
  [0x0c, 'ESME_RINVMSGID', 'final'],
  [0x0d, 'ESME_RBINDFAIL', 'rebind'],
  [0x0e, 'ESME_RINVPASWD', 'rebind'],
  [0x0f, 'ESME_RINVSYSID', 'rebind'],
  [0x11, 'ESME_RCANCELFAIL', 'final'],
  [0x13, 'ESME_RREPLACEFAIL', 'final'],
  [0x14, 'ESME_RMSGQFUL', 'throttled'],
  [0x15, 'ESME_RINVSERTYP', 'final'],
  [0x33, 'ESME_RINVNUMDESTS', 'final'],
  [0x34, 'ESME_RINVDLNAME', 'final'],
  [0x40, 'ESME_RINVDESTFLAG', 'final'],
  [0x42, 'ESME_RINVSUBREP', 'final'],
  [0x43, 'ESME_RINVESMCLASS', 'final'],
  [0x44, 'ESME_RCNTSUBDL', 'final'],
  [0x45, 'ESME_RSUBMITFAIL', 'final'],
  [0x48, 'ESME_RINVSRCTON', 'final'],
  [0x49, 'ESME_RINVSRCNPI', 'final'],
  [0x50, 'ESME_RINVDSTTON', 'final'],
  [0x51, 'ESME_RINVDSTNPI', 'final'],
  [0x53, 'ESME_RINVSYSTYP', 'rebind'],
  [0x54, 'ESME_RINVREPFLAG', 'final'],
  [0x55, 'ESME_RINVNUMMSGS', 'final'],
  [0x58, 'ESME_RTHROTTLED', 'throttled'],
  [0x61, 'ESME_RINVSCHED', 'final'],
  [0x62, 'ESME_RINVEXPIRY', 'final'],
  [0x63, 'ESME_RINVDFTMSGID', 'final'],
  [0x64, 'ESME_RX_T_APPN', 'retry'],
  [0x65, 'ESME_RX_P_APPN', 'final'],
  [0x66, 'ESME_RX_R_APPN', 'final'],
  [0x67, 'ESME_RQUERYFAIL', 'final'],
  [0xc0, 'ESME_RINVOPTPARSTREAM', 'final'],
  [0xc1, 'ESME_ROPTPARNOTALLWD', 'final'],
  [0xc2, 'ESME_RINVPARLEN', 'final'],
  [0xc3, 'ESME_RMISSINGOPTPARAM', 'final'],
  [0xc4, 'ESME_RINVOPTPARAMVAL', 'final'],
  [0xfe, 'ESME_RDELIVERYFAILURE', 'retry'],
  [0xff, 'ESME_RUNKNOWNERR', 'retry'],
  [0x100, 'ESME_RSERTYPUNAUTH', 'final'],
  [0x101, 'ESME_RPROHIBITED', 'retry'], // of the account, as a rule: the operator can have it lifted while the reply lives
  [0x102, 'ESME_RSERTYPUNAVAIL', 'retry'],
  [0x103, 'ESME_RSERTYPDENIED', 'final'],
  [0x104, 'ESME_RINVDCS', 'final'],
  [0x105, 'ESME_RINVSRCADDRSUBUNIT', 'final'],
  [0x106, 'ESME_RINVDSTADDRSUBUNIT', 'final'],
]

const byCode = new Map(table.map(([code, name, reaction]) => [code, { name, reaction }]))

/** The statuses that this side sends or distinguishes. */
export const commandStatus = {
  ESME_ROK: 0x00,
  ESME_RINVCMDLEN: 0x02,
  ESME_RINVCMDID: 0x03,
  ESME_RSYSERR: 0x08,
  ESME_RMSGQFUL: 0x14,
  ESME_RTHROTTLED: 0x58,
  /** Temporary: keep it and deliver it again. */
  ESME_RX_T_APPN: 0x64,
  /** Permanent: it will never be readable. */
  ESME_RX_P_APPN: 0x65,
  ESME_RUNKNOWNERR: 0xff,
} as const

/** What to do about the command_status of a submit_sm_resp. */
export function reactionTo(status: number): Reaction {
  return byCode.get(status)?.reaction ?? 'retry'
}

/** `ESME_RTHROTTLED` for 0x58; the number in hex for what the standard does not name. */
export function statusName(status: number): string {
  return byCode.get(status)?.name ?? `0x${status.toString(16).padStart(8, '0')}`
}
