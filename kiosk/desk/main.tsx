// The desk page: mounts it.
import { render } from 'preact'
import '../styles/base.css'
import '../styles/office.css'
import { Desk } from './desk.tsx'

render(<Desk />, document.getElementById('page')!)
