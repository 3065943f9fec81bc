// A minimal responder on the `smpp` package: bind, acknowledge, send the same text back to the sender.
// responder.ts PORT; prints "bound" on stdout.
import smpp from 'smpp'

interface Session {
  socket: { setNoDelay(on: boolean): void }
  bind_transceiver(fields: object, done: (pdu: { command_status: number }) => void): void
  submit_sm(fields: object): void
  send(pdu: unknown): void
  on(event: string, listener: (pdu: { source_addr: string; response(): unknown }) => void): void
}
const connect = (smpp as unknown as { connect(options: object): Session }).connect
const session = connect({ url: `smpp://127.0.0.1:${process.argv[2]}`, auto_enquire_link_period: 30_000 })
session.on('connect', () => {
  session.socket.setNoDelay(true)
  session.bind_transceiver({ system_id: 'bare', password: 'secret' }, () => process.stdout.write('bound\n'))
})
session.on('deliver_sm', (pdu) => {
  session.send(pdu.response())
  session.submit_sm({
    source_addr: '8188',
    destination_addr: pdu.source_addr,
    short_message: 'HS 000.00.15.H45-190521-0003: dang giai quyet. Hen tra 15/06/2024. DT 02573841000',
  })
})
