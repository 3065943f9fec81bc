// The parts of the self-test and how far each has come.

export const parts = ['network', 'clock', 'touch', 'scanner', 'sound', 'printer'] as const
export type Part = (typeof parts)[number]
export type PartState = 'waiting' | 'running' | 'ok' | 'failed' | 'skipped'
