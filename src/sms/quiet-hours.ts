// The hours in which nobody is texted unasked.
import type { Config } from '../config/config.js'
import { startOfDay } from '../dossier/times.js'

/** Whether the local time (+07:00) is within the quiet hours, which may span midnight. */
export function isQuiet({ from, to }: Config['sms']['quietHours'], now: number): boolean {
  const minutes = Math.floor((now - startOfDay(now)) / 60_000)
  const [begin, end] = [from, to].map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) as [
    number,
    number,
  ]
  return begin <= end ? minutes >= begin && minutes < end : minutes >= begin || minutes < end
}
