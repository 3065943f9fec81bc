// What is up right now: links, printers, kiosks.
import type { Live } from '../../../src/monitor/contract.ts'
import { fill, moment } from '../../parts/words.ts'
import type { MonitorWords } from '../words.ts'

interface Props {
  words: MonitorWords
  language: string
  live: Live
}

interface Row {
  key: string
  name: string
  tone: string
  state: string
  below?: string | undefined
}

export function LiveState({ words, language, live: { links, printers, kiosks } }: Props) {
  const { live } = words
  const time = (at: string | undefined, template: string) =>
    at === undefined ? undefined : fill(template, { time: moment(language, at) })
  const groups: [string, Row[]][] = [
    [
      live.links,
      links.map(({ name, up, since, note }) => ({
        key: name,
        name,
        tone: up ? 'good' : 'bad',
        state: up ? live.up : live.down,
        below: up ? time(since, live.since) : note,
      })),
    ],
    [
      live.printers,
      printers.map(({ desk, name, state, since }) => ({
        key: desk,
        name,
        tone: { ready: 'good', 'paper-low': 'act', unknown: 'still' }[state] ?? 'bad',
        state: words.printer[state as 'ready'] ?? state,
        below: time(since, live.since),
      })),
    ],
    [
      live.kiosks,
      kiosks.map(({ name, up, lastSeen, version, failed }) => ({
        key: name,
        name,
        tone: !up ? 'bad' : failed.length > 0 ? 'act' : 'good',
        state: !up ? live.down : failed.length > 0 ? live.check : live.up,
        below:
          failed.length > 0
            ? fill(live.failed, {
                parts: failed.map((part) => live.parts[part as 'sound'] ?? part).join(', '),
              })
            : `${time(lastSeen, live.seen)}, ${fill(live.version, { version })}`,
      })),
    ],
  ]
  return (
    <section class="card live">
      <h2>{live.title}</h2>
      {groups.map(([title, rows]) => (
        <div key={title}>
          <h3>{title}</h3>
          {rows.length === 0 && <p class="board-note">{live.none}</p>}
          <ul>
            {rows.map(({ key, name, tone, state, below }) => (
              <li key={key} class={`tone-${tone}`}>
                <span class="live-name">{name}</span>
                <span class="chip">{state}</span>
                {below && <small>{below}</small>}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}
