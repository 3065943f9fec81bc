// Drop zone and file chooser. Dropping elsewhere on the page must not make the browser open the file.
import { useEffect, useState } from 'preact/hooks'
import type { DeskWords } from '../words.ts'

export function DropZone({ words: { import: words }, take }: { words: DeskWords; take(file: File): void }) {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const never = (event: Event) => event.preventDefault()
    addEventListener('dragover', never)
    addEventListener('drop', never)
    return () => {
      removeEventListener('dragover', never)
      removeEventListener('drop', never)
    }
  }, [])
  return (
    <section
      class={over ? 'card drop drop-over' : 'card drop'}
      aria-label={words.title}
      onDragOver={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false)
        const file = event.dataTransfer?.files[0]
        if (file) take(file)
      }}
    >
      <h2>{words.title}</h2>
      <p>{words.drop}</p>
      <label class="action">
        {words.choose}
        <input
          class="sr"
          type="file"
          accept=".csv,.tsv,.txt,.xlsx,.xlsm,.ods,.xls,.html,.xml,.ndjson"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? []
            event.currentTarget.value = ''
            if (file) take(file)
          }}
        />
      </label>
    </section>
  )
}
