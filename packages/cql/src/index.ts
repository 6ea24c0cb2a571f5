export type { StatementKind } from './classify.ts'
export type { FunctionCall, FunctionName } from './functions.ts'
export { type FunctionValues, replaceFunctions } from './replace-functions.ts'
export { inspect, type Statement } from './statement.ts'
export {
  parseVirtualSelect,
  type SupportedVirtualSelect,
  type UnsupportedVirtualSelect,
  type VirtualRelation,
  type VirtualSelect,
  type VirtualSelector,
  type VirtualTable,
  type VirtualValue,
} from './virtual-select.ts'
