// The ways a question comes to us. A new one is a line here; what must be said for it (its name in reports, its line on the
// monitor) the compiler asks for, since everything else is a Record of these.

export const channels = ['sms', 'kiosk', 'web', 'desk'] as const
export type Channel = (typeof channels)[number]
