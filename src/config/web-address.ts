// Addresses that a person configures and the program calls over HTTP.

/** What is wrong with an address to be called; undefined: nothing. */
export function wrongAddress(url: string): string | undefined {
  const at = URL.canParse(url) ? new URL(url) : undefined
  if (at === undefined || !/^https?:$/.test(at.protocol)) return 'is not an http(s) address'
  // fetch refuses such an address, which looks like a peer that cannot be reached.
  return at.username || at.password ? 'has a user or a password in it, which is never sent so' : undefined
}

/** An address as it may be shown: a query may have a key in it. */
export function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
