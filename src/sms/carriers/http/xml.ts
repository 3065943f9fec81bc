// Finds an element in a peer's XML, without a parser: what peers send is seldom well-formed.

/**
 * The text in the first element of that name (`<result>`), which may have a namespace prefix and attributes, and be in any
 * case. Some SOAP services send a document as the text of an element.
 */
export function elementIn(xml: string, element: string, isDocument = true): string | undefined {
  const name = element.replace(/[<>\s]/g, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const start = `<(?:[\\w.-]+:)?${name}(?:\\s[^<>]*)?>`
  const begins = new RegExp(start).exec(xml) ?? new RegExp(start, 'i').exec(xml)
  if (begins) return begins[0].endsWith('/>') ? '' : textFrom(xml, begins.index + begins[0].length)
  return isDocument && />\s*&lt;/.test(xml) ? elementIn(unescaped(xml), element, false) : undefined
}

// Up to the next tag; CDATA sections and comments may stand between.
function textFrom(xml: string, from: number): string | undefined {
  let text = ''
  for (let at = from; ; ) {
    const next = xml.indexOf('<', at)
    if (next < 0) return undefined
    text += unescaped(xml.slice(at, next))
    const [mark, ending] = sections.find(([mark]) => xml.startsWith(mark, next)) ?? []
    const end = ending === undefined ? -1 : xml.indexOf(ending, next)
    if (mark === undefined || ending === undefined || end < 0) return text.trim()
    if (ending === ']]>') text += xml.slice(next + mark.length, end)
    at = end + ending.length
  }
}
const sections = [
  ['<![CDATA[', ']]>'],
  ['<!--', '-->'],
] as const

const unescaped = (text: string) =>
  text.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => entities[entity]!)
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
