// Adds the names and keyboard access that Swagger UI 5 lacks (WCAG 2.2: 1.3.1, 2.1.1, 4.1.2). It re-renders parts of the page
// on each click, so a MutationObserver reapplies them.
const page = document.getElementById('swagger-ui')

const attributes = [
  ['.information-container', { role: 'region', 'aria-label': 'About' }],
  ['.scheme-container', { role: 'region', 'aria-label': 'Server and keys' }],
  ['.modal-ux', { role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Available authorizations' }],
  ['.close-modal', { 'aria-label': 'Close' }],
  ['.servers select', { 'aria-label': 'Server' }],
  ['.body-param__text', { 'aria-label': 'Request body' }],
  ['pre.microlight', { tabindex: '0' }],
]
// Attributes to remove: labels that override a button's text, and a landmark role on every response table.
const tooMuch = [
  ['.auth-btn-wrapper [aria-label]', 'aria-label'],
  ['.responses-table[role]', 'role'],
]

function mend() {
  for (const [what, wanted] of attributes)
    for (const it of page.querySelectorAll(what))
      for (const [name, value] of Object.entries(wanted))
        if (it.getAttribute(name) !== value) it.setAttribute(name, value)
  for (const [what, name] of tooMuch) for (const it of page.querySelectorAll(what)) it.removeAttribute(name)
}

new MutationObserver(mend).observe(page, { childList: true, subtree: true })
