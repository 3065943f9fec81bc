// ZIP containers (XLSX, ODS) by yauzl: parts by name, each decompressed as a stream with a bound on its output, whatever
// size the directory states.
import { createReadStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import * as yauzl from 'yauzl'
import { type Bytes, FileRefusal, maxPartBytes } from './table.js'

export interface Zip {
  has(name: string): boolean
  /** The text of a part in pieces. Throws FileRefusal for what is damaged, locked or too large. */
  text(name: string): AsyncGenerator<string>
  /** A small part whole. */
  whole(name: string): Promise<string>
  close(): void
}

const maxEntries = 10_000
const maxSmallPart = 16 * 1024 * 1024

/** Reads the directory. Throws FileRefusal. */
export async function openZip(source: Bytes): Promise<Zip> {
  const options = { lazyEntries: true, autoClose: false } as const
  const file = await ('path' in source
    ? promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(source.path, options)
    : promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer)(asBuffer(source.bytes), options)
  )
    .catch(() => openWithoutTrail(source, options))
    .catch(damaged)
  const entries = await directory(file)
  const open = promisify<yauzl.Entry, NodeJS.ReadableStream>(file.openReadStream.bind(file) as never)

  async function* text(name: string, most = maxPartBytes): AsyncGenerator<string> {
    const entry = entries.get(name.toLowerCase())
    if (!entry) return
    if (entry.isEncrypted()) throw new FileRefusal('password')
    let decoder: InstanceType<typeof TextDecoder> | undefined
    let size = 0
    try {
      for await (const chunk of await open(entry)) {
        decoder ??= decoderOf(chunk as Buffer)
        size += (chunk as Buffer).length
        if (size > most) throw new FileRefusal('too-large')
        yield decoder.decode(chunk as Buffer, { stream: true })
      }
    } catch (error) {
      damaged(error)
    }
  }

  return {
    has: (name) => entries.has(name.toLowerCase()),
    text,
    async whole(name) {
      let all = ''
      for await (const piece of text(name, maxSmallPart)) all += piece
      return all
    },
    close: () => file.close(),
  }
}

// XML is in UTF-8 unless its first bytes say otherwise (ECMA-376 part 2, 8.1.4).
const decoderOf = ([first, second]: Buffer) =>
  new TextDecoder(
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8',
  )

const endMark = 'PK\x05\x06'
const endBytes = 22
// An error page with its stack trace is not longer.
const maxTrail = 1 << 20

// A web server may have appended a line end or a warning to a workbook; Excel and LibreOffice ignore it, too.
async function openWithoutTrail(source: Bytes, options: yauzl.Options): Promise<yauzl.ZipFile> {
  const reader = new Range(source)
  const tailAt = Math.max(0, reader.size - maxTrail)
  const tail = await buffer(reader._readStreamForRange(tailAt, reader.size))
  const at = tail.lastIndexOf(endMark, undefined, 'latin1')
  if (at < 0 || at + endBytes > tail.length) throw new FileRefusal('damaged')
  const end = tailAt + at + endBytes + tail.readUInt16LE(at + endBytes - 2)
  const open = promisify<yauzl.RandomAccessReader, number, yauzl.Options, yauzl.ZipFile>(
    yauzl.fromRandomAccessReader,
  )
  return open(reader, Math.min(end, reader.size), options)
}

class Range extends yauzl.RandomAccessReader {
  readonly size: number
  constructor(private readonly source: Bytes) {
    super()
    this.size = 'path' in source ? statSync(source.path).size : source.bytes.length
  }

  /** From `start` up to, and without, `end`. */
  override _readStreamForRange(start: number, end: number): Readable {
    return 'path' in this.source
      ? createReadStream(this.source.path, { start, end: end - 1 })
      : Readable.from([asBuffer(this.source.bytes.subarray(start, end))])
  }
}

function directory(file: yauzl.ZipFile): Promise<Map<string, yauzl.Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, yauzl.Entry>()
    file.on('entry', (entry: yauzl.Entry) => {
      entries.set(entry.fileName.toLowerCase(), entry)
      if (entries.size > maxEntries) reject(new FileRefusal('too-large'))
      else file.readEntry()
    })
    file.once('end', () => resolve(entries))
    file.once('error', () => reject(new FileRefusal('damaged')))
    file.readEntry()
  })
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function damaged(error: unknown): never {
  if (error instanceof FileRefusal) throw error
  throw new FileRefusal('damaged')
}
