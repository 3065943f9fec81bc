// Tells a scanner's keys from a person's. Keys that follow each other closely are a run; a run is a scan when its pace is a
// scanner's. The pace is learned from each scan, because devices send a key every 2 to 90 ms, with gaps and stalls of their
// own. What may still be a scan is held back and never shown; what a person types is handed on at once. Pure: no DOM, and
// the timers are the caller's.

interface RunSink {
  /** What a person typed, in order. True: the rest of the run must not follow. */
  type(text: string): boolean
  /** A person's Enter; `whole` is a number that they typed just before it, in one go. */
  submit(whole?: string): void
  /** One complete scan; what was typed in the same run is part of nothing and must be dropped. */
  scan(text: string): void
}

interface Timers {
  set(run: () => void, ms: number): unknown
  clear(timer: unknown): void
}

// A silence this long closes a run: people look up from the keys, scanners stall for less.
const runGapMs = 700
// A scanner without a terminator has ended after this silence when its text is a whole number.
const wholeAfterMs = 300
// Nobody presses four keys in a row at the first pace, nor eight at the second (1,000 keys a minute).
const surelyScannerMs = 35
const surelyScannerLongMs = 60
const longRun = 8
// The slowest scanners, at 90 ms a key and some jitter.
const slowestScannerMs = 110
const fewestKeys = 4
const shortestScan = 8
// Before the first scan of a device: how far apart its keys may be, at most, to be held back.
const usualGapMs = 60
// CR and LF at the end of a scan are one end; a third key so soon is a person's. A device that has sent both will send both, and
// may stall between them for as long as within a scan.
const echoOfEndMs = 150
// Held over the reader a slip is read again and again.
const doubledWithinMs = 1500
const noScan = { text: '', at: Number.NEGATIVE_INFINITY }

/** Whether a text is a dossier number from its first to its last character. */
export const isDossierNo = (text: string) =>
  /^[0-9A-Z]{3}(\.[0-9A-Z]{2,3})*-(\d{6}|\d{8})-\d{4,7}$/.test(text)

/** Whether a text is a lookup number or a dossier number from its first to its last character. */
export const isWhole = (text: string) => /^[1-9](\d{11}|\d{15})$/.test(text) || isDossierNo(text)

const median = (values: readonly number[]) =>
  values.length === 0 ? Number.POSITIVE_INFINITY : [...values].sort((a, b) => a - b)[values.length >> 1]!

export function openKeyRuns(sink: RunSink, timers: Timers) {
  let text = ''
  let gaps: number[] = []
  let lastAt = Number.NEGATIVE_INFINITY
  // How much of `text` a person has been shown.
  let shown = 0
  let learnedMs: number | undefined
  let lastScan = noScan
  let endedAt = Number.NEGATIVE_INFINITY
  let sendsTwoEnds = false
  // The rest of the run is discarded: it belongs to a card that was read at a person's pace.
  let isDropped = false
  let timer: unknown

  const paceLimit = (pace: number) =>
    Math.min(Math.max(surelyScannerMs, 2 * (learnedMs ?? 0), 1.6 * pace), 2 * slowestScannerMs)

  /** Whether these gaps are a scanner's: very fast, as fast as this device's, or as even as a machine. */
  function isPaced(some: readonly number[]): boolean {
    if (some.length < fewestKeys - 1) return false
    const pace = median(some)
    if (pace <= (some.length < longRun - 1 ? surelyScannerMs : surelyScannerLongMs)) return true
    if (pace > slowestScannerMs) return false
    const tolerance = Math.max(8, pace / 5)
    const even = some.filter((gap) => Math.abs(gap - pace) <= tolerance).length / some.length
    return even >= 0.75
  }

  /**
   * Where in the run the scan begins: where a whole number begins after keys of another pace; at its beginning when all of it
   * is a whole number, because a page that stalls makes a pace of its own; else after keys of another pace.
   */
  function scanStart(): number {
    const limit = paceLimit(median(gaps.slice(-7)))
    const breaks: number[] = []
    for (let at = gaps.length - 1; at >= 0; at--) if (gaps[at]! > limit) breaks.push(at + 1)
    const slower = breaks.filter((start) => start > 2 && median(gaps.slice(0, start - 1)) > limit)
    const whole = slower.find((start) => isWhole(text.slice(start)))
    if (whole !== undefined) return whole
    if (isWhole(text)) return 0
    return slower[0] ?? breaks.find((start) => isWhole(text.slice(start))) ?? 0
  }

  const isEcho = (at: number) => at - endedAt < (sendsTwoEnds ? runGapMs : echoOfEndMs)

  const isRest = (at: number) => isDropped && at - lastAt < runGapMs

  const close = () => {
    timers.clear(timer)
    text = ''
    gaps = []
    shown = 0
  }

  const show = () => {
    if (shown < text.length && sink.type(text.slice(shown))) {
      isDropped = true
      return close()
    }
    shown = text.length
  }

  function emit(scanned: string, at: number) {
    const pace = median(gaps.slice(scanStart()))
    if (pace <= slowestScannerMs) learnedMs = learnedMs === undefined ? pace : (learnedMs + pace) / 2
    const clean = once(scanned)
    // The second end of the scan before has been awaited in vain.
    sendsTwoEnds &&= endedAt < 0
    const doubled = clean === lastScan.text && at - lastScan.at < doubledWithinMs
    lastScan = { text: clean, at }
    endedAt = at
    if (!doubled) sink.scan(clean)
  }

  /** The scan in the run, as it stands; undefined when a person typed it. */
  function scanned(isEnded: boolean): string | undefined {
    const start = scanStart()
    const part = text.slice(start)
    const its = gaps.slice(start)
    if (isWhole(part) && median(its) <= slowestScannerMs) return part
    if (!isPaced(its)) return undefined
    return part.length >= (isEnded ? fewestKeys : shortestScan) ? part : undefined
  }

  const mayBeScan = () => isPaced(gaps.slice(-7)) || (gaps.length < fewestKeys - 1 && shown === 0)

  // After a key: wait for what decides what it is.
  function wait(at: number) {
    timers.clear(timer)
    if (!mayBeScan()) typed()
    else if (gaps.length < fewestKeys - 1)
      timer = timers.set(typed, Math.min(Math.max(2.2 * (learnedMs ?? usualGapMs), 40), 150))
    else timer = timers.set(() => silent(at + wholeAfterMs), wholeAfterMs)
  }

  // Probably a person's keys. The run may go on, and a whole number typed at such a pace is looked up all the same.
  function typed() {
    show()
    if (isDropped) return
    timer = timers.set(() => {
      const found = scanned(false)
      if (found && isWhole(found)) emit(found, lastAt + runGapMs)
      close()
    }, runGapMs)
  }

  // Silence after keys at a scanner's pace. A whole number is asked for at once, and the run stays open: it may go on after
  // a stall. Anything else waits until the run is over.
  function silent(at: number) {
    const found = scanned(false)
    const isAsked = found !== undefined && isWhole(found)
    if (isAsked) emit(found, at)
    timer = timers.set(() => {
      const last = isAsked ? undefined : scanned(false)
      if (!isAsked && last === undefined) show()
      if (last !== undefined) emit(last, at)
      close()
    }, runGapMs - wholeAfterMs)
  }

  return {
    /** A key that writes `char`, pressed at `at` (ms, monotonic). */
    key(char: string, at: number): void {
      const gap = at - lastAt
      lastAt = at
      if (gap > runGapMs) {
        show()
        close()
        isDropped = false
      }
      if (isDropped) return
      if (text !== '') gaps.push(gap)
      text += char
      wait(at)
    },
    /** Enter or Tab. True when it ended a scan, or was the second half of a scan's end. */
    end(at: number, isEnter: boolean): boolean {
      if (isRest(at)) {
        isDropped = false
        return true
      }
      if (text === '') {
        const isSecond = isEcho(at)
        // A person may press Enter twice after what they typed.
        sendsTwoEnds ||= isSecond && endedAt === lastScan.at
        endedAt = Number.NEGATIVE_INFINITY
        return isSecond
      }
      const found = scanned(true)
      if (!found) {
        const whole = isWhole(text) ? text : undefined
        show()
        close()
        if (whole) endedAt = at
        if (isEnter && !isDropped) sink.submit(whole)
        return false
      }
      emit(found, at)
      close()
      return true
    },
    /** Whether an Enter at this moment would end a run, or be the second half of a scan's end. */
    isRunning: (at: number) => text !== '' || isRest(at) || isEcho(at),
    /** Whether a scan ended just before this moment: its last keys may still come. */
    hasEnded: isEcho,
    /** Whether keys are held back that may be a scan. */
    isHolding: () => shown < text.length,
    /**
     * Backspace. True: it removed a key that was held back, or is part of a discarded run. A Vietnamese input method sends
     * Backspace in the middle of a scan, to write a letter again with its mark.
     */
    back(at: number): boolean {
      if (isRest(at)) return true
      const isHeld = shown < text.length
      if (isHeld) {
        text = text.slice(0, -1)
        gaps.pop()
      } else close()
      return isHeld
    },
    /** Hands on what was held back; before a text is pasted, for instance. */
    flush(): void {
      show()
      close()
      isDropped = false
    },
    /** Somebody touched the screen or a key: the next read of the same slip is a question of its own. */
    touched(): void {
      lastScan = noScan
      isDropped = false
    },
    stop: () => timers.clear(timer),
  }
}

// Two reads that arrive without a pause are one string said twice.
function once(text: string): string {
  const clean = text.trim()
  const half = clean.slice(0, clean.length / 2)
  return half.length >= shortestScan && half + half === clean ? half : clean
}
