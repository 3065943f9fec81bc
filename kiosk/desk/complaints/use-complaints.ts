// The desk's complaints: refreshed periodically, and after every action on one.
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { ComplaintList } from '../../../src/complaints/contract.ts'
import { complaints as read } from '../../parts/api.ts'

const lookMs = 15_000

export function useComplaints(desk: string) {
  const [list, setList] = useState<ComplaintList>()
  const refresh = useCallback(async () => {
    const found = await read(desk)
    if (found.ok) setList(found.value)
  }, [desk])
  useEffect(() => {
    void refresh()
    const timer = setInterval(refresh, lookMs)
    return () => clearInterval(timer)
  }, [refresh])
  return { list, refresh }
}
