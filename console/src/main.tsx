import { render } from 'preact'
import { App } from './app.tsx'
import { followLinks } from './state/route.ts'

followLinks()
render(<App />, document.querySelector('#app')!)
