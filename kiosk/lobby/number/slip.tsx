// A drawing of the slip with its number marked; at a kiosk the QR code moves towards the reader.

export function Slip({ kiosk, caption }: { kiosk: boolean; caption: string }) {
  return (
    <figure class={kiosk ? 'slip slip-scan' : 'slip'}>
      <svg viewBox="0 0 240 244" aria-hidden="true">
        <path
          class="slip-paper"
          d="M30 6h180v230l-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8-10-8-10 8z"
        />
        {/* Block by block as the slip is (config/printers.yaml). Its words are Vietnamese in every language; each text has the
            same length in every font. */}
        <text
          class="slip-title"
          x="120"
          y="28"
          text-anchor="middle"
          textLength="118"
          lengthAdjust="spacingAndGlyphs"
        >
          PHIẾU TRA CỨU
        </text>
        <path class="slip-line" d="M84 39h72M62 51h116" />
        <rect class="slip-mark" x="44" y="61" width="152" height="34" rx="8" />
        <text
          class="slip-number"
          x="120"
          y="84"
          text-anchor="middle"
          textLength="128"
          lengthAdjust="spacingAndGlyphs"
        >
          4827 1936 0518
        </text>
        <path
          class="slip-qr"
          transform="translate(0 49)"
          d="M90 56h22v22H90zM128 56h22v22h-22zM90 94h22v22H90zM97 63h8v8h-8zM135 63h8v8h-8zM97 101h8v8h-8zM119 58v10m0 6v8m9 6h8m6 0h8m-31 8v10m9 0h6v10m8-10h8m-2 10v-2m-29 2h5"
        />
        <path class="slip-line" d="M98 177h44M58 189h124M68 201h104M78 213h84" />
      </svg>
      <figcaption>{caption}</figcaption>
    </figure>
  )
}
