// Why a redis-server ended while it was starting, in words for operators, from what it wrote.

const newerData = /Can't handle RDB format version (\d+)/

/** What the data folder of a newer server looks like to an older one; undefined where `said` is about something else. */
export function writtenByNewer(said: string): string | undefined {
  const [, format] = newerData.exec(said) ?? []
  return format === undefined
    ? undefined
    : `a newer redis-server wrote these data (RDB format version ${format}): install that version or a newer one; nothing is damaged`
}

// Settings are refused on standard error, before there is a log: its version in a headline, then the line, then why.
const headline = /^\*{3} FATAL CONFIG FILE ERROR \(\w{1,20} ([\d.]{1,20})\)/

/**
 * The cause of an end at once: `lines` are the messages of the log, `errors` is what came on standard error. A server that
 * is older than our settings is named as such.
 */
export function whyEnded(lines: readonly string[], errors: string): string {
  const said = errors.split('\n').filter((line) => line !== '')
  const version = said.map((line) => headline.exec(line)?.[1]).find((one) => one !== undefined)
  const at = said.findIndex((line) => line.startsWith('>>> '))
  if (version !== undefined && at >= 0) {
    const cure = Number(version.split('.')[0]) < 7 ? ': install Redis 7.0 or newer' : ''
    return `version ${version} refuses ${said[at]!.slice(4)} (${said[at + 1]})${cure}`
  }
  const newer = lines.map(writtenByNewer).find((one) => one !== undefined)
  return newer ?? lines.at(-1) ?? said.at(-1) ?? 'it did not say why'
}
