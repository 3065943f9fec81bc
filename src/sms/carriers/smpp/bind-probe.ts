// One bind with a link's own credentials, and an unbind: tells a wrong password from a wrong address before a citizen
// does.
import { readFileSync } from 'node:fs'
import type { SmppConfig } from './settings.js'
import { commandStatus, statusName } from './wire/command-status.js'
import { Patience } from './wire/patience.js'
import { Session } from './wire/session.js'

export type BindTest =
  | { readonly kind: 'bound'; readonly tookMs: number }
  | { readonly kind: 'refused'; readonly commandStatus: string }
  | { readonly kind: 'failed'; readonly reason: string }

/** Binds once and unbinds. Never throws; takes `budgetMs` at most. */
export function testBind(link: SmppConfig, budgetMs = 5000): Promise<BindTest> {
  const started = performance.now()
  let tls: { ca?: Buffer } | undefined
  try {
    tls = link.tls ? { ...(link.tlsCa ? { ca: readFileSync(link.tlsCa) } : {}) } : undefined
  } catch (error) {
    return Promise.resolve({ kind: 'failed', reason: (error as NodeJS.ErrnoException).code ?? 'tlsCa' })
  }
  return new Promise((resolve) => {
    let outcome: BindTest | undefined
    const session = new Session(
      {
        ...link,
        oneByOne: 0,
        tls,
        mode: link.bindMode === 'split' ? 'transmitter' : 'transceiver',
        password: link.password ?? '',
        enquireLinkIntervalMs: 60_000,
        responseTimeoutMs: Math.min(budgetMs, link.responseTimeoutMs),
        patience: new Patience(link.responseTimeoutMs),
      },
      {
        bound: () => {
          outcome = { kind: 'bound', tookMs: Math.round(performance.now() - started) }
          session.unbind()
        },
        // A text that arrives now is refused as temporary, so that the SMSC redelivers it.
        deliver: (batch) => {
          for (const deliverSm of batch) session.acknowledge(deliverSm, commandStatus.ESME_RX_T_APPN)
        },
        credit() {},
        oddPdu() {},
        enquireLinkRtt() {},
        blamed() {},
        closed: (reason, status, cause) => {
          clearTimeout(timer)
          const code = (cause as NodeJS.ErrnoException | undefined)?.code
          resolve(
            outcome ??
              (status === undefined
                ? { kind: 'failed', reason: code ?? reason }
                : { kind: 'refused', commandStatus: statusName(status) }),
          )
        },
      },
    )
    const timer = setTimeout(() => session.destroy('bind-timeout'), budgetMs)
  })
}
