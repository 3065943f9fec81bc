// A synthesised sound, so that no file is needed: two tones, half a second each.
export function beep(): void {
  const audio = new AudioContext()
  const volume = audio.createGain()
  volume.gain.value = 0.3
  volume.connect(audio.destination)
  for (const [nth, hertz] of [523, 784].entries()) {
    const tone = audio.createOscillator()
    tone.frequency.value = hertz
    tone.connect(volume)
    tone.start(audio.currentTime + nth / 2)
    tone.stop(audio.currentTime + (nth + 1) / 2)
    if (nth === 1) tone.onended = () => audio.close()
  }
}
