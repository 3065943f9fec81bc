// Stores the replies to texts that their carrier named, for as long as the same name may come again: a redelivery gets
// the same answer, in any process and after any crash. Sealed, like everything else of a text.
import { asFault, type RedisDoor } from '../../redis/connection.js'
import type { Answers, KeptAnswer, Named } from '../carriers/carrier.js'
import type { PhoneKeys } from '../msisdn.js'
import { keysOf } from './ledger.js'

const version = 1
type Packed = [version: number, by: KeptAnswer['by'], isValid: boolean, of: number, text: string]

/** Opens the answers of a link. Methods throw GatewayError redis-unavailable when Redis is away. */
export function openAnswers(door: RedisDoor, link: string, keys: PhoneKeys): Answers {
  const soon = together(door)
  const keyOf = (name: string, nth: number) =>
    `${keysOf(link).tag}:answer:${keys.subject(`answer ${name}`)}:${nth}`

  const seal = ({ by, isValid, text }: KeptAnswer, of: number) =>
    keys.seal(JSON.stringify([version, by, isValid, of, text] satisfies Packed))

  function open(sealed: unknown): { answer: KeptAnswer; of: number } | undefined {
    const plain = Buffer.isBuffer(sealed) ? keys.open(sealed) : undefined
    if (!plain) return undefined
    const [itsVersion, by, isValid, of, text] = JSON.parse(plain.toString()) as Packed
    return itsVersion === version ? { answer: { by, isValid, text }, of } : undefined
  }

  return {
    async keep({ name, nth, of }: Named, answer, seconds) {
      const key = keyOf(name, nth)
      const made = await soon(() => door.request.set(key, seal(answer, of), 'EX', seconds, 'NX'))
      if (made !== null) return answer
      const known = await soon(() => door.request.getBuffer(key))
      // It expired in between, or is not ours to decrypt: our own answer is just as good.
      return open(known)?.answer ?? answer
    },

    async read(name) {
      const first = open(await soon(() => door.request.getBuffer(keyOf(name, 0))))
      // The first may still be pending while the others are there: they are read when it is.
      if (!first) return []
      const rest = await Promise.all(
        Array.from({ length: first.of - 1 }, (_, at) => keyOf(name, at + 1)).map((key) =>
          soon(() => door.request.getBuffer(key)),
        ),
      )
      return [first.answer, ...rest.map((sealed) => open(sealed)?.answer)]
    },
  }
}

type Send = () => Promise<unknown>

/** Commands of one event-loop turn are batched: in a rush, one call to Redis for many answers. */
function together(door: RedisDoor) {
  let waiting: { send: Send; resolve(value: unknown): void; reject(error: unknown): void }[] = []
  async function run(): Promise<void> {
    const these = waiting
    waiting = []
    const batch = door.batch()
    for (const { send } of these) batch.add(send)
    const replies = await batch.exec()
    these.forEach(({ resolve, reject }, nth) => {
      const [error, value] = replies[nth] ?? [new Error('no reply'), undefined]
      if (error) reject(asFault(error))
      else resolve(value)
    })
  }
  return (send: Send): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(() => void run())
      waiting.push({ send, resolve, reject })
    })
}
