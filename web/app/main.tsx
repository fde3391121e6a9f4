import { render } from 'preact'
import { App } from './shell/app.tsx'

document.getElementById('not-started')?.remove()
const place = document.getElementById('app')
if (place !== null) render(<App />, place)
