/** The frame and the headers of every page for people. */
import { createHash } from 'node:crypto'
import { securityHeaders } from '../browsers/security-headers.ts'
import { Html, html } from './html.ts'
import { pageStyle } from './page-style.ts'

const styleHash = createHash('sha256').update(pageStyle).digest('base64')

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  // No other site gets the URL of the page. A stricter policy would also hide the origin of the form from this server.
  'referrer-policy': 'same-origin',
  ...securityHeaders,
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
}

/** Makes a whole page that needs no other file. */
export function page(title: string, body: Html): string {
  const style = new Html(pageStyle)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body>${body}</body></html>
`.text
}
