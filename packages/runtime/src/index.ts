export { type Clock, systemClock } from './clock.ts'
export { type ErrorFields, errorCode, errorFields } from './error-fields.ts'
export { errorLines } from './error-lines.ts'
export {
  METRICS_ERROR_CODES,
  MetricsError,
  type MetricsErrorCode,
  SETTINGS_ERROR_CODES,
  SettingsError,
  type SettingsErrorCode,
  type SettingsProblem,
  ShutdownRequested,
  type ShutdownSignalName,
} from './errors.ts'
export { ExitCode } from './exit-code.ts'
export {
  createLogger,
  LOG_LEVELS,
  type LogDestination,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  type LogSeverity,
  silentLogger,
} from './log.ts'
export {
  exitCodeOf,
  type MainIo,
  type MainProcess,
  type Run,
  type RunMainOptions,
  runMain,
  type TextSink,
} from './main.ts'
export { HotFamily, type Labels } from './metrics/family.ts'
export { HotCounter, HotGauge, HotHistogram } from './metrics/recorders.ts'
export {
  type FamilyOptions,
  type HistogramFamilyOptions,
  type HistogramOptions,
  type LabelledValue,
  type MetricOptions,
  MetricsRegistry,
} from './metrics/registry.ts'
export {
  ProgressEmitter,
  type ProgressEmitterOptions,
  type ProgressTask,
  type ProgressTaskOptions,
} from './progress/emitter.ts'
export type { ProgressEvent, ProgressListener, ProgressSnapshot } from './progress/event.ts'
export { formatCount, formatDuration, progressLine } from './progress/line.ts'
export { PlainProgress, type PlainProgressOptions } from './progress/plain-progress.ts'
export { type Command, type ReadCommandOptions, readCommand } from './settings/command.ts'
export { defineSettings, type SettingsTableOptions } from './settings/define.ts'
export type {
  BooleanSetting,
  EnumSetting,
  ListSetting,
  NumberSetting,
  SecretSetting,
  SettingDefinition,
  SettingDefinitions,
  SettingRule,
  SettingsOf,
  SettingsTable,
  TextSetting,
} from './settings/definition.ts'
export { describeSettings, settingsMarkdown } from './settings/describe.ts'
export { type ParsedFlags, type ParseFlagsOptions, parseFlags } from './settings/flags.ts'
export {
  type Environment,
  type LoadedSettings,
  type LoadSettingsOptions,
  loadSettings,
  type SettingsWarning,
} from './settings/load.ts'
export { Secret } from './settings/secret.ts'
export type { YamlInput } from './settings/yaml-source.ts'
export { listenForShutdown, type ShutdownOptions, type ShutdownSignal, type SignalSource } from './shutdown.ts'
