// Import progress: a bar on a terminal, plain lines in a log.

const tellEveryMs = 5000

interface Progress {
  /** One more row; `characters` it had, where the rows were not counted beforehand. */
  row(characters: number): void
  /** A line of text beside the bar. */
  aside(text: string): void
  end(): void
}

/** `rows` as the survey counted them; left out: the size of the file in bytes tells how far it is. */
export async function openProgress(
  rows: number | undefined,
  bytes: number,
  say: (text: string) => void,
): Promise<Progress> {
  const total = Math.max(rows ?? bytes, 1)
  let done = 0
  let count = 0
  let saidAt = Date.now()
  const bar = process.stderr.isTTY
    ? new (await import('cli-progress')).SingleBar({
        format: '{bar} {percentage}% · {rows} lines',
        stream: process.stderr,
        clearOnComplete: true,
        hideCursor: true,
      })
    : undefined
  bar?.start(total, 0, { rows: 0 })
  return {
    row(characters) {
      count++
      done = Math.min(total, rows === undefined ? done + characters + 1 : count)
      if (bar) bar.update(done, { rows: count })
      else if (Date.now() - saidAt >= tellEveryMs) {
        saidAt = Date.now()
        say(`${count} lines, ${Math.floor((100 * done) / total)}% of the file`)
      }
    },
    aside(text) {
      if (bar) process.stderr.write('\r\u001b[K')
      say(text)
    },
    end: () => bar?.stop(),
  }
}
