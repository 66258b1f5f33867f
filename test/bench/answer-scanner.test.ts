import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AnswerScanner } from '../../bench/load/answer-scanner.ts'

const head = 'HTTP/1.1 201 Created\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\nConnection: keep-alive\r\n'
const body = '{"data":{"items":[{"id":"abc\\r\\n\\r\\n"}]}}'
const answer = `${head}Content-Length: ${body.length}\r\nX-Content-Length: 7\r\n\r\n${body}`

/** Reads the pieces one after the other, each in a buffer with old bytes behind it; whether the answer was complete after each. */
function readAll(scanner: AnswerScanner, pieces: readonly string[]): boolean[] {
  return pieces.map((piece) => {
    const buffer = Buffer.from(`${piece}\r\n\r\nContent-Length: 3\r\n\r\nold bytes`)
    return scanner.read(buffer, piece.length)
  })
}

describe('answer scanner', () => {
  test('reads an answer that comes at once', () => {
    const scanner = new AnswerScanner()
    scanner.expect(true)
    assert.deepEqual(readAll(scanner, [answer]), [true])
    assert.equal(scanner.status, 201)
    assert.equal(scanner.body.toString(), body)
  })

  test('reads an answer that is cut at any byte, and the next one after it', () => {
    const scanner = new AnswerScanner()
    for (let cut = 1; cut < answer.length; cut++) {
      scanner.expect(cut % 2 === 0)
      assert.deepEqual(readAll(scanner, [answer.slice(0, cut), answer.slice(cut)]), [false, true])
      assert.equal(scanner.status, 201)
      if (cut % 2 === 0) assert.equal(scanner.body.toString(), body)
    }
  })

  test('reads an answer that comes byte by byte', () => {
    const scanner = new AnswerScanner()
    scanner.expect(true)
    const complete = readAll(scanner, [...answer])
    assert.equal(complete.indexOf(true), answer.length - 1)
    assert.equal(scanner.body.toString(), body)
  })

  test('knows the length however its name is written, and answers that have no body', () => {
    for (const [text, status] of [
      ['HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', 200],
      ['HTTP/1.1 200 OK\r\nCONTENT-LENGTH:  0\r\n\r\n', 200],
      ['HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n', 204],
    ] as const) {
      const scanner = new AnswerScanner()
      scanner.expect(true)
      assert.deepEqual(readAll(scanner, [text]), [true], text)
      assert.equal(scanner.status, status)
      assert.equal(scanner.body.length, 0)
    }
  })

  test('keeps the body of a refusal even if it was not requested', () => {
    const scanner = new AnswerScanner()
    scanner.expect(false)
    readAll(scanner, ['HTTP/1.1 429 Too Many Requests\r\nContent-Length: 8\r\n\r\nslow', ' down'.slice(1)])
    assert.equal(scanner.status, 429)
    assert.equal(scanner.body.toString(), 'slowdown')
  })

  test('refuses an answer whose end it cannot know, and bytes behind the end', () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    assert.throws(() => readAll(new AnswerScanner(), [chunked]), /no Content-Length/)
    assert.throws(() => readAll(new AnswerScanner(), [`${answer}x`]), /more than one answer/)
  })
})
