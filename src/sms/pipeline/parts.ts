// Long texts arrive in parts. A part is stored with the addresses of its text, so that any gateway that joins them can
// answer.
import type { Incoming } from '../carriers/carrier.js'
import type { Phone } from '../conversation/conversation.js'
import { joinParts } from '../decoding.js'

interface KeptPart {
  readonly from: Phone
  readonly to: Phone
  readonly number: number
  readonly dataCoding: number
  readonly at: number
  /** The name its carrier gave it. */
  readonly name?: string
  readonly body: Buffer
}

type Head = [
  version: number,
  from: Phone,
  to: Phone,
  number: number,
  dataCoding: number,
  at: number,
  ...name: [] | [string],
]

/** A part as it is sealed: a line of JSON, then its bytes. `at` is its time of receipt, epoch ms. */
export function packPart(
  { from, to, body, dataCoding, name }: Pick<Incoming, 'from' | 'to' | 'body' | 'dataCoding' | 'name'>,
  number: number,
  at: number,
): Buffer {
  const head: Head = [
    1,
    from,
    to,
    number,
    dataCoding,
    at,
    ...(name === undefined ? ([] as const) : ([name] as const)),
  ]
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body])
}

/** The reverse of `packPart`. */
export function unpackPart(bytes: Buffer): KeptPart {
  const end = bytes.indexOf(0x0a)
  const [, from, to, number, dataCoding, at, name] = JSON.parse(bytes.toString('utf8', 0, end)) as Head
  const part = { from, to, number, dataCoding, at, body: bytes.subarray(end + 1) }
  return name === undefined ? part : { ...part, name }
}

/** Joins the parts in order, skipping missing ones. undefined when none is text. */
export function joinBodies(
  parts: readonly Pick<KeptPart, 'body' | 'dataCoding'>[],
  readText: (body: Buffer, dataCoding: number) => string | undefined,
): string | undefined {
  const first = parts[0]
  if (!first) return undefined
  // Joined as bytes: an escape or a surrogate pair may be split between two parts.
  if (parts.every(({ dataCoding }) => dataCoding === first.dataCoding))
    return readText(
      joinParts(
        parts.map(({ body }) => body),
        first.dataCoding,
      ),
      first.dataCoding,
    )
  const texts = parts.map(({ body, dataCoding }) => readText(body, dataCoding))
  return texts.some((text) => text !== undefined) ? texts.map((text) => text ?? '').join('') : undefined
}
