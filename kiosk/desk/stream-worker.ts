// One connection for all tabs of a browser: a browser opens six connections to a gateway, and a tab waiting for a seventh
// looks dead. Runs as a shared worker; ends with its last tab.
import { openStream, type Told } from './stream.ts'

interface Line {
  readonly tabs: Set<MessagePort>
  close(): void
  view: Extract<Told, { kind: 'desk' }> | undefined
}

const lines = new Map<string, Line>()

function openLine(desk: string): Line {
  const tabs = new Set<MessagePort>()
  const line: Line = {
    tabs,
    view: undefined,
    close: openStream(desk, (told) => {
      if (told.kind === 'desk') line.view = told
      for (const tab of tabs) tab.postMessage(told)
    }),
  }
  lines.set(desk, line)
  return line
}

const scope = self as unknown as { onconnect: (event: MessageEvent) => void }
scope.onconnect = ({ ports: [tab] }) => {
  if (!tab) return
  tab.onmessage = ({ data: { desk, isLeaving } }: MessageEvent<{ desk: string; isLeaving: boolean }>) => {
    const line = lines.get(desk) ?? openLine(desk)
    if (!isLeaving) {
      line.tabs.add(tab)
      if (line.view) tab.postMessage(line.view)
      return
    }
    line.tabs.delete(tab)
    if (line.tabs.size > 0) return
    line.close()
    lines.delete(desk)
  }
}
