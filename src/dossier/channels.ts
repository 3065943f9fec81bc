// The channels a question can come by. A new one is a line here; everything else is a Record over these, so the compiler
// asks for the rest (its name in reports, its line on the monitor).

export const channels = ['sms', 'kiosk', 'web', 'desk'] as const
export type Channel = (typeof channels)[number]
