// The menu: every command with its one-line help, its usage (against which words.ts checks the arguments) and its module,
// which is imported only when the command runs.
import type { Log } from '../log.js'
import type { Command } from './command.js'
import { withCore, withHearing } from './with-core.js'

/** A command that runs on a machine without a gateway, and reads no gateway.yaml. */
type BareCommand = (context: { readonly args: readonly string[]; readonly log: Log }) => Promise<number>

interface Entry {
  readonly about: string
  /** One line for each form, without the command's name. */
  readonly usage: readonly string[]
  /** What the help of the command itself adds. */
  readonly more?: string
}
type MenuEntry = Entry &
  ({ readonly load: () => Promise<Command> } | { readonly loadBare: () => Promise<BareCommand> })

const times = 'TIME is 2026-06-30, 2026-06-30T17:00 or 30/06/2026 17:00.'

export const menu: Readonly<Record<string, MenuEntry>> = {
  serve: {
    about: 'run the gateway in the foreground',
    usage: [''],
    load: async () => (await import('./serve.js')).serve,
  },
  keys: {
    about: 'create, list and revoke keys of agencies and devices',
    usage: [
      'create --agency CODE…',
      'create --kiosk NAME',
      'create --desk ID [--person NAME]',
      'create --monitor NAME [--agency CODE]…',
      'list',
      'revoke ID',
      'signing-secret ID',
    ],
    load: async () => withCore((await import('../access/keys-command.js')).keysCommand),
  },
  agencies: {
    about: 'add units that sent updates to the agencies file, or import a list of agencies',
    usage: ['adopt [CODE]… [--dry-run]', 'import FILE [--dry-run]'],
    load: async () => (await import('./agencies.js')).agenciesCommand,
  },
  printers: {
    about: 'list printers, test them, find out how one prints Vietnamese',
    usage: [
      'list',
      'status [DESK]',
      'test DESK | --port PATH [--baud N] [--profile NAME] [--slip]',
      'proof DESK | --port PATH [--baud N] [--profile NAME]',
      'set-profile DESK PROFILE',
      'preview DESK [--profile NAME]',
    ],
    load: async () => {
      const { printersCommand } = await import('../desk/printers-command.js')
      return (context) => printersCommand({ ...context, withCore: (run) => withCore(run)(context) })
    },
  },
  audit: {
    about: 'verify or export the audit trail',
    usage: ['verify [HEAD]', 'export'],
    load: async () => withCore((await import('../access/audit-command.js')).auditCommand),
  },
  smsc: {
    about: 'the current state of the SMSC links',
    usage: [''],
    load: async () => withCore((await import('../sms/commands.js')).smscCommand),
  },
  outbox: {
    about: 'replies that could not be sent',
    usage: ['list', 'retry ID… | --all'],
    load: async () => withCore((await import('../sms/commands.js')).outboxCommand),
  },
  complaints: {
    about: 'complaints by SMS: list, show, answer, hand on, erase',
    usage: [
      'list [--agency CODE]',
      'show TICKET',
      'answer TICKET WORDS…',
      'hand-on TICKET --agency CODE',
      'erase TICKET',
    ],
    load: async () => withCore((await import('../complaints/complaints-command.js')).complaintsCommand),
  },
  doctor: {
    about: 'check everything the gateway needs and say what to do',
    usage: [''],
    load: async () => (await import('./doctor/doctor.js')).doctor,
  },
  sources: {
    about: 'query a pull source and show how its answer is read',
    usage: ['try NAME [NUMBER]'],
    load: async () => (await import('../agency/sources/sources-command.js')).sourcesCommand,
  },
  import: {
    about: 'import a file: CSV, XLSX, ODS, XLS, HTML saved as .xls, or NDJSON',
    usage: [
      'FILE [--format ndjson|csv|xlsx|ods|xls|html] [--sheet NAME] [--dates dmy|mdy|swapped] [--map "HEADING=field"]… [--status "WORDS=state"]… [--save-map NAME] [--use-map NAME] [--agency CODE]… [--as-of TIME] [--errors FILE] [--dry-run]',
    ],
    load: async () => withHearing((await import('../agency/files/import-command.js')).importCommand),
  },
  export: {
    about: 'export every dossier as NDJSON or CSV',
    usage: ['[--format ndjson|csv] [--agency CODE]… [--since TIME] [--output FILE]'],
    more: times,
    load: async () => withCore((await import('../agency/files/export-command.js')).exportCommand),
  },
  replay: {
    about: 'send the changes of a period again',
    usage: [
      '--since TIME [--until TIME] [--agency CODE]… --to URL --secret-file FILE [--batch N]',
      '--since TIME [--until TIME] [--agency CODE]… --dry-run',
    ],
    more: times,
    load: async () => withCore((await import('../agency/replay/replay-command.js')).replayCommand),
  },
  report: {
    about: "the figures of a period, or the week's digest, as csv, xlsx, html or json",
    usage: [
      '--period PERIOD [--agency CODE]… [--format csv|xlsx|html|json] [--output FILE]',
      '--from DAY [--to DAY] [--agency CODE]… [--format csv|xlsx|html|json] [--output FILE]',
      '--digest [--from DAY] [--to DAY] [--agency CODE]… [--format csv|xlsx|html|json] [--output FILE]',
    ],
    more: "PERIOD is 2026, 2026H1, 2026Q3 or 2026-06; an agency's half-years end on 30/6 and 30/11.",
    load: async () => withCore((await import('../monitor/report/report-command.js')).reportCommand),
  },
  notice: {
    about: 'a poster for an office: how to ask, and figures of the last half-year',
    usage: ['--agency CODE [--size a4|a3] --output FILE'],
    load: async () => withCore((await import('./notice.js')).noticeCommand),
  },
  upward: {
    about: 'the daily summary of each agency, for the portal and the national system',
    usage: ['[--day DAY] [--agency CODE]… [--output FILE] [--to URL --secret-file FILE]'],
    load: async () => withCore((await import('./upward.js')).upwardCommand),
  },
  'check-config': {
    about: 'check the configuration and report every problem',
    usage: ['[--with-password]'],
    more: '--with-password prints the password of the store with --json; scripts/backup needs it.',
    load: async () => (await import('./check-config.js')).checkConfig,
  },
  'print-agent': {
    about: "print for a desk from the desk's own computer",
    usage: [
      '--url ADDRESS --desk ID --port PATH --key-file FILE [--baud N] [--profile NAME] [--data DIR] [--printers FILE] [--poll-ms N]',
    ],
    loadBare: async () => (await import('../desk/print-agent.js')).printAgentCommand,
  },
}

/** The help of one command, or of the program. */
export function helpText(name?: string): string {
  const one = name === undefined ? undefined : menu[name]
  if (name !== undefined && one)
    return [
      ...one.usage.map((line, nth) =>
        `${nth === 0 ? 'usage: ' : '       '}dossier-gateway ${name} ${line}`.trimEnd(),
      ),
      '',
      one.about,
      ...(one.more === undefined ? [] : [one.more]),
      'All commands take: --config FILE  --json  --help  --version',
    ].join('\n')
  return [
    'usage: dossier-gateway <command> [--config FILE] [--json] …',
    '',
    ...Object.entries(menu).map(([command, { about }]) => `  ${command.padEnd(14)} ${about}`),
    '',
    'dossier-gateway <command> --help shows its usage.',
    'FILE is config/gateway.yaml unless given here or in GATEWAY_CONFIG.',
  ].join('\n')
}
