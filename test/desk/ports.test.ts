// Serial ports from outside: one device for two desks, programs that talk to printers, names that adapters share; and what a
// terminal says of a BREAK.
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { findSerialRivals } from '../../src/commands/doctor/serial-rivals.js'
import { openPort } from '../../src/desk/printer/port.js'
import { Unmarker } from '../../src/desk/printer/unmarker.js'
import { openPaperTape } from '../peers/paper-tape.js'

const folder = mkdtempSync(join(tmpdir(), 'ports-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

t.test('ModemManager, brltty and a name that two adapters share are told with their cure', async (t) => {
  const proc = join(folder, 'proc')
  const dev = join(folder, 'dev')
  const port = join(dev, 'serial/by-id/usb-1a86_USB_Serial-if00-port0')
  const put = (pid: string, name: string) => {
    mkdirSync(join(proc, pid), { recursive: true })
    writeFileSync(join(proc, pid, 'comm'), `${name}\n`)
  }
  put('1', 'systemd')
  t.same(await findSerialRivals([port], proc, dev), [])
  put('700', 'ModemManager')
  put('701', 'brltty')
  for (const name of [
    'by-id/usb-1a86_USB_Serial-if00-port0',
    'by-path/pci-0-usb-0:1',
    'by-path/pci-0-usb-0:2',
  ]) {
    mkdirSync(join(dev, 'serial', name, '..'), { recursive: true })
    writeFileSync(join(dev, 'serial', name), '')
  }
  t.match(await findSerialRivals([port], proc, dev), [
    { state: 'warn', says: /ModemManager/, cure: /systemctl disable/ },
    { state: 'warn', says: /brltty/, cure: /brltty/ },
    { state: 'warn', says: /2 adapters have 1 names/, cure: /by-path/ },
  ])
  t.same(await findSerialRivals([], proc, dev), [], 'nobody prints here')
})

t.test('marks of the terminal are read, however they are cut', async (t) => {
  const said = [0x12, 0xff, 0xff, 0x00, 0xff, 0x00, 0x00, 0x16, 0xff, 0x00, 0x41, 0x12]
  const read = (pieces: number[][]) => {
    const heard: (number | 'fault')[] = []
    const unmarker = new Unmarker({
      bytes: (bytes) => heard.push(...bytes),
      fault: () => heard.push('fault'),
    })
    for (const piece of pieces) unmarker.feed(Uint8Array.from(piece))
    return heard
  }
  const meant = [0x12, 0xff, 0x00, 'fault', 0x16, 'fault', 0x12]
  t.same(read([said]), meant)
  for (let cut = 0; cut <= said.length; cut++) t.same(read([said.slice(0, cut), said.slice(cut)]), meant)
  t.same(read(said.map((byte) => [byte])), meant)
})

t.test(
  'a printer that holds CTS low holds one thread of the gateway, however often it is asked',
  async (t) => {
    const { SerialPort } = await import('serialport')
    // Each of them a thread of libuv that waits in tcdrain(3); a pseudo-terminal has no CTS to hold.
    const held: (() => void)[] = []
    t.intercept(SerialPort.prototype, 'drain', { value: (left: () => void) => held.push(left) })
    const tape = await openPaperTape()
    t.teardown(() => tape.close())
    const line = await openPort({ path: tape.path, baudRate: 9600, rtscts: true }, { bytes() {}, fault() {} })
    if (typeof line === 'string') throw new Error(line)
    t.teardown(() => line.close())
    const asked = Array.from({ length: 5 }, () => line.send(Uint8Array.of(0x10, 0x04, 0x01)))
    while (tape.received < 15) await once(tape, 'arrived')
    t.equal(held.length, 1)
    t.intercept(SerialPort.prototype, 'drain', { value: (left: () => void) => left() })
    held[0]!()
    await Promise.all(asked)
  },
)
