// Reading aloud by the browser's own voices. Where no voice speaks the language the button is not shown at all:
// a Vietnamese answer in an English voice helps nobody.

const synthesis: SpeechSynthesis | undefined = globalThis.speechSynthesis

/**
 * The plainest voice of a language: espeak-ng offers it by language (`vi`), by region (`vi-vn-x-south`) and in a hundred
 * variants.
 */
export function voiceFor(language: string): SpeechSynthesisVoice | undefined {
  const isOf = ({ lang }: SpeechSynthesisVoice) => new RegExp(`^${language}\\b`, 'i').test(lang)
  const oddity = ({ lang, name }: SpeechSynthesisVoice) => (name.includes('+') ? 100 : 0) + lang.length
  return synthesis
    ?.getVoices()
    .filter(isOf)
    .sort((a, b) => oddity(a) - oddity(b))[0]
}

/** Chromium loads voices late; calls back when they change. */
export function onVoices(changed: () => void): () => void {
  synthesis?.addEventListener('voiceschanged', changed)
  return () => synthesis?.removeEventListener('voiceschanged', changed)
}

export function speak(text: string, language: string, ended: () => void): void {
  hush()
  const said = new SpeechSynthesisUtterance(text)
  said.lang = language
  said.voice = voiceFor(language) ?? null
  // A little slower than the default: dates and numbers are to be remembered.
  said.rate = 0.9
  said.onend = said.onerror = ended
  synthesis?.speak(said)
}

export const hush = () => synthesis?.cancel()
