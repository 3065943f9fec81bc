// Updates at a steady pace, and a ledger of those that were acknowledged: for faults of the store.
import type { GatewayPeer } from '../peers/gateway.js'

const dossiers = 200
const putsASecond = 150

/** Puts newer and newer versions of some hundred dossiers, at a steady pace, and remembers what was acknowledged. */
export function openPutLedger(gateway: GatewayPeer, key: string) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const noOf = (nth: number) =>
    `H45.12-2605${String(1 + (nth % 20)).padStart(2, '0')}-${String(1 + nth).padStart(4, '0')}`
  const versions = new Map<string, number>()
  const acknowledgedAt: number[] = []
  const under = new Set<Promise<void>>()
  let version = 0
  const put = async () => {
    const its = ++version
    const dossierNo = noOf(its % dossiers)
    const answer = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({
        dossierStatus: 'processing',
        eventTime: new Date(Date.parse('2026-05-25T00:00:00Z') + its * 1000).toISOString(),
        version: its,
      }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    const told = answer?.ok ? ((await answer.json()) as { applied: boolean }) : undefined
    if (!told?.applied) return
    acknowledgedAt.push(performance.now())
    versions.set(dossierNo, Math.max(its, versions.get(dossierNo) ?? 0))
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
      for (const [dossierNo, version] of versions) {
        const answer = await fetch(`${gateway.http}/v1/dossiers/${dossierNo}`, { headers })
        const kept = answer.ok ? ((await answer.json()) as { version: number }).version : 0
        if (kept < version) lost.push(`${dossierNo}: ${kept} instead of ${version}`)
      }
      return { lost, gapMs: Math.round(gapMs), acknowledged: acknowledgedAt.length }
    },
  }
}
