// The monitor page: mounts it.
import { render } from 'preact'
import '../styles/base.css'
import '../styles/office.css'
import { Monitor } from './monitor.tsx'

render(<Monitor />, document.getElementById('page')!)
