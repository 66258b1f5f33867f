import { requestOf, urlOf } from '../../load/requests.ts'
import { tellResult } from './output.ts'

/**
 * What has wrk add one new request with each call, by a number that it counts up: a script in Lua. The calls are those of the
 * benchmark's own load, to the last byte.
 */
export function addScript(token: string, firstNumber: number): string {
  const [start, middle, end] = JSON.stringify(requestOf(urlOf(0))).split(urlOf(0))
  const [urlStart, urlMiddle, urlEnd] = urlOf(0).split(/0+(?=\/|\?)/)
  const [first, second, last] = [`${start}${urlStart}`, `${urlEnd}${middle}${urlStart}`, `${urlEnd}${end}`]
  const quoted = (text: string) => `'${text}'`
  return `
local number = ${firstNumber}
wrk.method = 'POST'
wrk.headers['Authorization'] = ${quoted(`Bearer ${token}`)}
wrk.headers['Accept'] = 'application/json, */*'
wrk.headers['User-Agent'] = 'headlock-bench'
wrk.headers['Content-Type'] = 'application/json'
local before, after

init = function(args)
  local message = wrk.format(nil, nil, nil, string.rep('x', ${JSON.stringify(requestOf(urlOf(0))).length}))
  before = string.sub(message, 1, string.find(message, '\\r\\n\\r\\n', 1, true) + 3) .. ${quoted(first)}
end

request = function()
  local url = string.format('%02d${urlMiddle}%09d', number % 97, number)
  number = number + 1
  return before .. url .. ${quoted(second)} .. url .. ${quoted(last)}
end
${tellResult}`
}
