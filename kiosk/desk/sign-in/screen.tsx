// A computer that no desk was given to: what to ask for.
import type { DeskWords } from '../words.ts'

export function SignInScreen({ words: { signIn } }: { words: DeskWords }) {
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
