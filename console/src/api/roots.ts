/** Where the console and the API are. A proxy may have put something before both paths, so they follow from the address of the script. */
const scriptUrl: string = import.meta.url

/** The folder of the console, with a slash at the end. */
export const consoleRoot: string = import.meta.env.DEV
  ? new URL('/', location.href).href
  : new URL('../', scriptUrl).href

/** The folder that has `v2/` and `headlock/v1/`, with a slash at the end. */
export const apiRoot: string = import.meta.env.DEV ? consoleRoot : new URL('../', consoleRoot).href
