/** Codes of {@link ValidatorError}. */
export const validatorErrorCodes = [
  'VALIDATOR_BAD_OPTION',
  'VALIDATOR_NOTHING_TO_COMPARE',
  'VALIDATOR_SCHEMA_DIFFERS',
] as const

export type ValidatorErrorCode = (typeof validatorErrorCodes)[number]

/** Two clusters could not be compared; `code` says why. Differences between rows are no exceptions. */
export class ValidatorError extends Error {
  override readonly name: string = 'ValidatorError'
  readonly code: ValidatorErrorCode

  constructor(code: ValidatorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
