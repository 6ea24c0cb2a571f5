import * as simulator from '@zdmkit/simulator'
import { describe, expect, it } from 'vitest'

describe('@zdmkit/simulator', () => {
  it('has exactly these names', () => {
    expect(Object.keys(simulator).sort()).toStrictEqual([
      'Expectation',
      'FAILED_LISTED_MAX',
      'Ledger',
      'Random',
      'SimulatorError',
      'TTL_SLACK_MS',
      'exitCode',
      'headerLines',
      'judgeLedger',
      'operationText',
      'outcomeOf',
      'parseLedger',
      'readLedger',
      'rowText',
      'run',
      'simulatorErrorCodes',
      'simulatorSettings',
      'startSimulation',
      'summaryLines',
      'verifyLedger',
    ])
  })
})
