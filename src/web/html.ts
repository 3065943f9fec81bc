// Text as it may stand in a page.

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes what HTML gives a meaning, in text and in quoted attributes. */
export const escaped = (raw: string) => raw.replace(/[&<>"']/g, (letter) => escapes[letter]!)
