// A stock Star printer, written only from Star's CloudPRNT protocol guide 2.4: polls, fetches image/png, prints, confirms. Old
// firmware has no tokens. When the paper runs out it reports that, and requests the same job again once there is paper.
import { setTimeout as delay } from 'node:timers/promises'
import { PNG } from 'pngjs'

export interface StarPrinterOptions {
  readonly url: string
  readonly key: string
  readonly mac?: string
  readonly tokens?: boolean
  readonly intervalMs?: number
}

export class StarPrinter {
  /** The printed slips, one for each cut. */
  readonly prints: PNG[] = []
  readonly polls: { asked: unknown; answer: Record<string, unknown> }[] = []
  paper: 'full' | 'low' | 'out' = 'full'
  /** The paper runs out in the middle of the next print. */
  endsInNext = false
  readonly #stop = new AbortController()
  readonly #mac: string

  constructor(private readonly options: StarPrinterOptions) {
    this.#mac = options.mac ?? '00:11:62:1b:2c:3d'
  }

  async run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.poll()
      await delay(this.options.intervalMs ?? 50, undefined, { signal }).catch(() => {})
    }
  }
  stop(): void {
    this.#stop.abort()
  }

  /** One poll, and the actions its response requires. */
  async poll(): Promise<void> {
    const asked = {
      status: '23 6 0 0 0 0 0 0 0 ',
      printerMAC: this.#mac,
      uniqueID: null,
      statusCode: { full: '200%20OK', low: '211%20Paper%20Low', out: '410%20Out%20of%20paper' }[this.paper],
      jobToken: null,
      printingInProgress: false,
      clientAction: null,
      barcodeReader: null,
      keyboard: null,
      display: null,
    }
    const reply = await this.#ask('POST', {}, asked)
    if (reply.status !== 200) throw new Error(`poll: ${reply.status} ${await reply.text()}`)
    const answer = (await reply.json()) as Record<string, unknown>
    this.polls.push({ asked, answer })
    if (!answer.jobReady || this.paper === 'out') return
    await this.#job(answer)
  }

  async #job({ mediaTypes, jobToken }: Record<string, unknown>): Promise<void> {
    const type = (mediaTypes as string[]).find((one) => ['image/png', 'text/plain'].includes(one))
    const which = { mac: this.#mac, ...(this.options.tokens === false ? {} : { token: String(jobToken) }) }
    if (!type) return void (await this.#ask('DELETE', { ...which, code: '510 Incompatible' }))
    const reply = await this.#ask('GET', { ...which, type })
    if (reply.status !== 200) return void (await this.#ask('DELETE', { ...which, code: '520 Timeout' }))
    const png = PNG.sync.read(Buffer.from(await reply.arrayBuffer()))
    if (this.endsInNext) {
      this.endsInNext = false
      this.paper = 'out'
      return
    }
    this.prints.push(png)
    await this.#ask('DELETE', { ...which, code: 'OK' })
  }

  #ask(method: string, query: Record<string, string>, body?: unknown): Promise<Response> {
    const url = new URL(this.options.url)
    url.search = new URLSearchParams(query).toString()
    return fetch(url, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`printer:${this.options.key}`).toString('base64')}`,
        'user-agent': 'Star TSP100IV/1.0',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  }
}
