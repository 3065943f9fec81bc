// Commands print to a terminal, and much of it is untrusted text: a receiver's answer, a file's heading, a peer's error.

// Control characters except tab and line feed, and those that change the text direction. JSON reads the escapes as the same
// text.
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Escapes every character that a terminal would obey, e.g. as `\u001b`. */
export const printable = (text: string): string =>
  text.replace(obeyed, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Writes a line to stderr: for people, apart from the command's output. Does nothing when stderr is a file on a full disk. */
export function say(text: string): void {
  try {
    process.stderr.write(`${printable(text)}\n`)
  } catch {} // nowhere else to report it
}
