// A drawing of the slip with its number marked; at a kiosk the QR code moves towards the reader.

export function Slip({ kiosk, caption }: { kiosk: boolean; caption: string }) {
  return (
    <figure class={kiosk ? 'slip slip-scan' : 'slip'}>
      <svg viewBox="0 0 240 216" aria-hidden="true">
        <path
          class="slip-paper"
          d="M30 6h180v196l-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8z"
        />
        <path class="slip-line" d="M80 26h80M64 42h112" />
        <rect class="slip-mark" x="44" y="52" width="152" height="34" rx="8" />
        {/* The same length in every font, so that it stays inside its mark. */}
        <text
          class="slip-number"
          x="120"
          y="75"
          text-anchor="middle"
          textLength="128"
          lengthAdjust="spacingAndGlyphs"
        >
          4827 1936 0518
        </text>
        {/* As the slip is: the number above its code. */}
        <g transform="translate(0 42)">
          <path
            class="slip-qr"
            d="M90 56h22v22H90zM128 56h22v22h-22zM90 94h22v22H90zM97 63h8v8h-8zM135 63h8v8h-8zM97 101h8v8h-8zM119 58v10m0 6v8m9 6h8m6 0h8m-31 8v10m9 0h6v10m8-10h8m-2 10v-2m-29 2h5"
          />
        </g>
        <path class="slip-line" d="M64 176h112" />
      </svg>
      <figcaption>{caption}</figcaption>
    </figure>
  )
}
