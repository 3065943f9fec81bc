import { render } from 'preact'
import '../styles/base.css'

render(<p>…</p>, document.getElementById('page')!)
