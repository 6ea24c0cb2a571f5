import * as validator from '@zdmkit/validator'
import { describe, expect, it } from 'vitest'

describe('@zdmkit/validator', () => {
  it('has exactly these names', () => {
    expect(Object.keys(validator).sort()).toStrictEqual([
      'ValidatorError',
      'ValidatorExitCode',
      'exitCode',
      'isEqual',
      'reportLines',
      'run',
      'runValidation',
      'validatorErrorCodes',
      'validatorSettings',
    ])
  })
})
