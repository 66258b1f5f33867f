import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { measurementOf } from '../../bench/baselines/wrk/output.ts'
import { addScript } from '../../bench/baselines/wrk/script.ts'

const line =
  'headlock-bench {"calls": 84000, "failed": 0, "refused": 0, "tookMicros": 2000000, "p50Micros": 1500.000, ' +
  '"p99Micros": 2750.000, "p999Micros": 9000.000, "maxMicros": 12000.000}'
const output = `Running 2s test @ http://127.0.0.1:4000/\n  1 threads and 64 connections\n${line}\n`

describe('wrk', () => {
  test('reports what it measured', () => {
    assert.deepEqual(measurementOf(output), {
      calls: 84_000,
      requests: 84_000,
      seconds: 2,
      p50Ms: 1.5,
      p99Ms: 2.75,
      p999Ms: 9,
      maxMs: 12,
      markSeconds: [],
    })
  })

  test('with failed or refused calls is an error', () => {
    assert.throws(() => measurementOf(output.replace('"refused": 0', '"refused": 3')), /3 were refused/)
    assert.throws(() => measurementOf(output.replace('"failed": 0', '"failed": 2')), /2 calls of wrk failed/)
    assert.throws(() => measurementOf('unable to connect'), /unable to connect/)
  })

  test('adds requests with numbers from the first on', () => {
    const script = addScript('token', 4711)
    assert.match(script, /local number = 4711\n/)
    assert.match(script, /Bearer token/)
    assert.match(script, /'%02d\/item-%09d', number % 97, number/)
  })
})
