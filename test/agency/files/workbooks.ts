// Workbooks as bytes, well-formed or not: these are for what Excel would never write. Files from real programs are in
// test/fixtures/files.
import { crc32, deflateRawSync } from 'node:zlib'

/** A ZIP file of these parts. */
export function zip(parts: Readonly<Record<string, string | Buffer>>): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let at = 0
  for (const [name, text] of Object.entries(parts)) {
    const data = typeof text === 'string' ? Buffer.from(text) : text
    const packed = deflateRawSync(data)
    const named = Buffer.from(name)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(0x0800, 2)
    fields.writeUInt16LE(8, 4)
    fields.writeUInt32LE(crc32(data), 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(data.length, 18)
    fields.writeUInt16LE(named.length, 22)
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), fields, named, packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), fields, tail, named]))
    local.push(head)
    at += head.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(central.length, 8)
  end.writeUInt16LE(central.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...local, directory, end])
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** A cell of text, at its reference. */
export function cell(reference: string, text: string): string {
  return `<c r="${reference}" t="inlineStr"><is><t>${escaped(text)}</t></is></c>`
}

type SheetOf = { name: string; rows: readonly (readonly unknown[])[]; state?: string | undefined }

/**
 * A workbook of rows, of sheets, or of a sheet's XML as it stands (with the XML of its shared strings, and the attributes of its
 * own properties).
 */
export function workbook(
  content: string | readonly (readonly unknown[])[] | readonly SheetOf[],
  strings = '',
  properties = '',
): Buffer {
  const isSheets = Array.isArray(content) && !Array.isArray(content[0])
  const sheets = (isSheets ? content : [{ name: 'Sheet1', rows: content }]) as (SheetOf & { rows: unknown })[]
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const rel = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const relationship = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${rel}/${type}" Target="${target}"/>`
  const relationships = (...all: string[]) =>
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`
  return zip({
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relationships(relationship('r1', 'officeDocument', 'xl/workbook.xml')),
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${rel}"><workbookPr ${properties}/><sheets>${sheets
      .map(
        ({ name, state = 'visible' }, n) =>
          `<sheet name="${name}" sheetId="${n + 1}" state="${state}" r:id="s${n}"/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships(
      ...sheets.map((_, n) => relationship(`s${n}`, 'worksheet', `worksheets/sheet${n}.xml`)),
      relationship('st', 'styles', 'styles.xml'),
      relationship('ss', 'sharedStrings', 'sharedStrings.xml'),
    ),
    'xl/styles.xml': `<styleSheet xmlns="${main}"><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts><fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="0" fontId="1"/><xf numFmtId="0" fontId="2"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `<sst xmlns="${main}">${strings}</sst>`,
    ...Object.fromEntries(
      sheets.map(({ rows }, n) => [
        `xl/worksheets/sheet${n}.xml`,
        `<worksheet xmlns="${main}"><sheetData>${typeof rows === 'string' ? rows : rowsXml(rows as unknown[][])}</sheetData></worksheet>`,
      ]),
    ),
  })
}

function rowsXml(rows: readonly (readonly unknown[])[]): string {
  return rows
    .map((cells, r) => {
      const xml = cells.map((value, c) => {
        const reference = `${String.fromCharCode(65 + c)}${r + 1}`
        if (value === null) return ''
        if (value instanceof Date)
          return `<c r="${reference}" s="1"><v>${value.getTime() / 86_400_000 + 25_569}</v></c>`
        return typeof value === 'number'
          ? `<c r="${reference}"><v>${value}</v></c>`
          : cell(reference, String(value))
      })
      return `<row r="${r + 1}">${xml.join('')}</row>`
    })
    .join('')
}
