// Updates at a steady pace, and a ledger of those that were acknowledged: for faults of the store.
import type { GatewayPeer } from '../peers/gateway.js'

const putsASecond = 150

/** Puts one dossier after another, each its own: a later update would hide that an earlier one was lost. */
export function openPutLedger(gateway: GatewayPeer, key: string) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const noOf = (nth: number) =>
    `H45.12-2605${String(1 + (nth % 20)).padStart(2, '0')}-${String(nth).padStart(5, '0')}`
  const kept = new Set<string>()
  const acknowledgedAt: number[] = []
  const under = new Set<Promise<void>>()
  let puts = 0
  const put = async () => {
    const dossierNo = noOf(++puts)
    const answer = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ dossierStatus: 'processing', eventTime: '2026-05-25T08:00:00+07:00' }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    const told = answer?.ok ? ((await answer.json()) as { applied: boolean }) : undefined
    if (!told?.applied) return
    acknowledgedAt.push(performance.now())
    kept.add(dossierNo)
  }
  const timer = setInterval(() => {
    const one = put().finally(() => under.delete(one))
    under.add(one)
  }, 1000 / putsASecond)
  return {
    get acknowledged() {
      return acknowledgedAt.length
    },
    async end() {
      clearInterval(timer)
      await Promise.all(under)
      let gapMs = 0
      for (let nth = 1; nth < acknowledgedAt.length; nth++)
        gapMs = Math.max(gapMs, acknowledgedAt[nth]! - acknowledgedAt[nth - 1]!)
      const lost: string[] = []
      for (const dossierNo of kept) {
        const answer = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, { headers })
        await answer.body?.cancel()
        if (!answer.ok) lost.push(`${dossierNo}: ${answer.status}`)
      }
      return { lost, gapMs: Math.round(gapMs), acknowledged: acknowledgedAt.length }
    },
  }
}
