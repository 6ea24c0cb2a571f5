/** Codes of {@link SimulatorError}. */
export const simulatorErrorCodes = [
  'SIMULATOR_BAD_OPTION',
  'SIMULATOR_LEDGER_EXISTS',
  'SIMULATOR_LEDGER_UNREADABLE',
  'SIMULATOR_LEDGER_DAMAGED',
  'SIMULATOR_LEDGER_WRITE_FAILED',
] as const

export type SimulatorErrorCode = (typeof simulatorErrorCodes)[number]

/** The simulation could not be set up, or its ledger not be kept; `code` says which. Failed operations are no exceptions. */
export class SimulatorError extends Error {
  override readonly name: string = 'SimulatorError'
  readonly code: SimulatorErrorCode

  constructor(code: SimulatorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
