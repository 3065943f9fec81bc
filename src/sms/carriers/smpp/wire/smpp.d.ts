// The part of the `smpp` package we use: its PDU as a codec. The package ships no types.
declare module 'smpp' {
  interface Fields {
    command_status?: number
    sequence_number?: number
    [field: string]: unknown
  }
  class PDU {
    constructor(command: string, fields?: Fields)
    constructor(frame: Buffer)
    command: string
    command_id: number
    command_status: number
    sequence_number: number;
    [field: string]: unknown
    toBuffer(): Buffer
    isResponse(): boolean
  }
  const smpp: { PDU: typeof PDU }
  export default smpp
  export type { Fields, PDU }
}
