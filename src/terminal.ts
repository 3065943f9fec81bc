// What a command tells goes to a terminal, and much of it was written by somebody else: a receiver's answer, a file's
// heading, a peer's error.

// Control characters but tab and line break, and those that turn the direction of writing. In JSON the escape means the same.
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text with everything that a terminal would obey written out, `\u001b` for an escape. */
export const printable = (text: string): string =>
  text.replace(obeyed, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Tells a line on stderr: for people, beside what the command prints. Where stderr is a file on a full disk nobody is told. */
export function say(text: string): void {
  try {
    process.stderr.write(`${printable(text)}\n`)
  } catch {} // there is no other place to tell it
}
