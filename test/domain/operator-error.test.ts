import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { fromThread, OperatorError, UsageError } from '../../src/domain/operator-error.ts'

const inUse = () =>
  new OperatorError('It is in use.', 'Stop it, or name another with {flag}.', { flag: '--data' })

describe('an error for operators', () => {
  test('says what is wrong, then what to do', () => {
    const { message, problem, advice } = inUse()
    assert.equal(problem, 'It is in use.')
    assert.equal(advice, 'Stop it, or name another with --data.')
    assert.equal(message, 'It is in use. Stop it, or name another with --data.')
  })

  test('has its advice on a line of its own below a list', () => {
    assert.equal(new OperatorError('Wrong:\n- a\n- b', 'Mend it.').message, 'Wrong:\n- a\n- b\nMend it.')
  })

  test('names the flag of the command at hand, also after it was restated', () => {
    const advice = 'Stop it, or name another with --from.'
    assert.equal(inUse().withFlag('--from').advice, advice)
    const restated = inUse().restated('It cannot be copied: it is in use.').withFlag('--from')
    assert.equal(restated.message, `It cannot be copied: it is in use. ${advice}`)
  })

  test('arrives whole from another thread', async () => {
    const module = JSON.stringify(new URL('../../src/domain/operator-error.ts', import.meta.url).href)
    const script = `import(${module}).then(({ OperatorError }) => { throw new OperatorError('It is in use.', 'Stop it.') })`
    const worker = new Worker(script, { eval: true })
    const [error] = await once(worker, 'error')
    assert.ok(!(error instanceof OperatorError))
    const restored = fromThread(error)
    assert.ok(restored instanceof OperatorError)
    assert.equal(restored.problem, 'It is in use.')
    assert.equal(restored.advice, 'Stop it.')
    const other = new Error('a mistake')
    assert.equal(fromThread(other), other)
  })

  test('tells wrong usage from a failure', () => {
    assert.ok(new UsageError('Both were named.', 'Name one.') instanceof OperatorError)
    assert.ok(!(inUse() instanceof UsageError))
  })
})
