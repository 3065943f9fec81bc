// Escaping for HTML pages.

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text for HTML, in content and in quoted attributes. */
export const escaped = (raw: string) => raw.replace(/[&<>"']/g, (letter) => escapes[letter]!)
