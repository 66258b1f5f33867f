import { requestOf, urlOf } from '../../load/requests.ts'
import { printResult } from './output.ts'

/**
 * A Lua script with which wrk adds one new request with each call, numbered in sequence. The calls are byte
 * for byte those of the benchmark's own load.
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
${printResult}`
}
