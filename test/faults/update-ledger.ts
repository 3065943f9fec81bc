// Updates at a steady pace, one by one and in bulk, and a ledger of those that were acknowledged: for faults of the store.
import type { GatewayPeer } from '../peers/gateway.js'

// A call costs both sides a millisecond, a line of a bulk upload hardly anything.
const callsASecond = 40
const linesOfBulk = 20
const isBulk = (call: number) => call % 4 === 0

/** Sends one dossier after another, each of its own: a later update would hide that an earlier one was lost. */
export function openUpdateLedger(gateway: GatewayPeer, key: string) {
  const authorization = `Bearer ${key}`
  const noOf = (nth: number) =>
    `H45.12-2605${String(1 + (nth % 20)).padStart(2, '0')}-${String(nth).padStart(5, '0')}`
  const update = { dossierStatus: 'processing', eventTime: '2026-05-25T08:00:00+07:00' }
  const kept: string[] = []
  const acknowledgedAt: number[] = []
  const under = new Set<Promise<void>>()
  let sent = 0
  const acknowledged = (dossierNo: string) => {
    acknowledgedAt.push(performance.now())
    kept.push(dossierNo)
  }
  const send = (path: string, method: string, type: string, body: string, timeoutMs: number) =>
    fetch(`${gateway.http}${path}`, {
      method,
      headers: { authorization, 'content-type': type },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
  const put = async () => {
    const dossierNo = noOf(++sent)
    const path = `/v1/dossiers/${dossierNo}`
    const answer = await send(path, 'PUT', 'application/json', JSON.stringify(update), 10_000)
    if (answer.ok && ((await answer.json()) as { applied: boolean }).applied) acknowledged(dossierNo)
  }
  const bulk = async (nos: readonly string[], timeoutMs: number) => {
    const lines = nos.map((dossierNo) => `${JSON.stringify({ dossierNo, ...update })}\n`).join('')
    const answer = await send('/v1/dossiers/bulk', 'POST', 'application/x-ndjson', lines, timeoutMs)
    const results = (await answer.text()).split('\n').filter((line) => line.startsWith('{"line":'))
    return results.map((line) => JSON.parse(line) as { line: number; applied?: boolean; reason?: string })
  }
  const putMany = async () => {
    const nos = Array.from({ length: linesOfBulk }, () => noOf(++sent))
    for (const { line, applied, reason } of await bulk(nos, 10_000))
      if (applied || reason === 'duplicate') acknowledged(nos[line - 1]!)
  }
  let calls = 0
  const timer = setInterval(() => {
    const one = (isBulk(++calls) ? putMany() : put()).catch(() => {}).finally(() => under.delete(one))
    under.add(one)
  }, 1000 / callsASecond)
  return {
    get acknowledged() {
      return acknowledgedAt.length
    },
    /** Sends everything that was acknowledged once more: what is applied now was lost. */
    async end() {
      clearInterval(timer)
      await Promise.all(under)
      let gapMs = 0
      for (let nth = 1; nth < acknowledgedAt.length; nth++)
        gapMs = Math.max(gapMs, acknowledgedAt[nth]! - acknowledgedAt[nth - 1]!)
      const again = await bulk(kept, 60_000)
      const isKept = new Set(again.flatMap(({ line, reason }) => (reason === 'duplicate' ? [line] : [])))
      const lost = kept.filter((_, nth) => !isKept.has(nth + 1))
      return { lost, gapMs: Math.round(gapMs), acknowledged: acknowledgedAt.length }
    },
  }
}
