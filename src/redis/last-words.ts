// Why a redis-server ended while it was starting, in words for operators, from what it wrote.

const newerData = /Can't handle RDB format version (\d+)/

/** What the data folder of a newer server looks like to an older one; undefined where `said` is about something else. */
export function writtenByNewer(said: string): string | undefined {
  const [, format] = newerData.exec(said) ?? []
  return format === undefined
    ? undefined
    : `a newer redis-server wrote these data (RDB format version ${format}): install that version or a newer one; nothing is damaged`
}

// redis-server refuses a setting on stderr, before its log is open: a headline with its version, then the line, then why.
const headline = /^\*{3} FATAL CONFIG FILE ERROR \(\w{1,20} ([\d.]{1,20})\)/

/**
 * Why a server ended while it was starting. `lines`: the messages of its log; `errors`: its stderr. Says what to install when
 * the server is older than our settings or than its data.
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
