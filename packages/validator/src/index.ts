export { type ValidatorSettings, validatorSettings } from './config.ts'
export { ValidatorError, type ValidatorErrorCode, validatorErrorCodes } from './errors.ts'
export { exitCode, ValidatorExitCode } from './exit-code.ts'
export {
  isEqual,
  type ListedDifference,
  reportLines,
  type TableReport,
  type ValidationReport,
} from './report.ts'
export { type RunSeams, run } from './run.ts'
export type { DifferenceKind } from './suspect.ts'
export { runValidation, type ValidationContext, type ValidationOptions } from './validation.ts'
