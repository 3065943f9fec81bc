// QR codes for pages.
import { encode } from 'uqr'
import { escaped } from './html.js'

/**
 * A QR code as inline SVG: model 2, level M, with the quiet zone of four modules that ISO/IEC 18004 §9.1 requires; dark on
 * white in every colour scheme.
 */
export function qrSvg(data: string, label: string): string {
  const { data: rows, size } = encode(data, { ecc: 'M', border: 4 })
  const path = rows
    .map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join(''))
    .join('')
  return `<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${escaped(label)}" shape-rendering="crispEdges"><path d="M0 0h${size}v${size}H0z" fill="#fff"/><path d="${path}" fill="#000"/></svg>`
}
