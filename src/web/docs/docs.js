// What Swagger UI 5 leaves unnamed or out of the keyboard's reach (WCAG 2.2: 1.3.1, 2.1.1, 4.1.2). It draws parts of its page anew
// at each click, so every change of the page is followed.
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
// Names that hide the words on a button, and a landmark for each operation that was tried.
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
