// A QR code as one path, dark on white in every colour scheme: phones read it best that way.
import { encode } from 'uqr'

export function Qr({ text, label }: { text: string; label: string }) {
  // Four modules of quiet zone, as ISO/IEC 18004 §9.1 asks.
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const path = data
    .map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join(''))
    .join('')
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path d={`M0 0h${size}v${size}H0z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
