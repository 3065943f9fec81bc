// A computer that may not look: what to ask for.
import type { MonitorWords } from '../words.ts'

export function SignInScreen({ words: { signIn } }: { words: MonitorWords }) {
  return (
    <section class="card sign-in">
      <h2>{signIn.title}</h2>
      <p>{signIn.text}</p>
      <p>
        <code>{signIn.command}</code>
      </p>
    </section>
  )
}
