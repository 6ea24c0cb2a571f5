import { destination as fileDestination, type Logger as PinoLogger, pino } from 'pino'
import { type Clock, systemClock } from './clock.ts'
import { errorFields } from './error-fields.ts'

/** Level names of ZDM Proxy's `log_level`, for a table's `values`. Any case is accepted everywhere. */
export const LOG_LEVELS = ['PANIC', 'FATAL', 'ERROR', 'WARN', 'WARNING', 'INFO', 'DEBUG', 'TRACE'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Level as log lines print it. PANIC is printed as fatal, WARNING as warn. */
export type LogSeverity = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'

/**
 * Fields of one line. Errors, under any name, are written with code and causes, bigints as text, Secrets redacted. The
 * four names that every line has are taken.
 */
export interface LogFields {
  readonly [name: string]: unknown
  readonly level?: never
  readonly time?: never
  readonly name?: never
  readonly event?: never
}

/** Writes one JSON line per call: level, time, name, event, then the fields. Never throws. */
export interface Logger {
  fatal(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  debug(event: string, fields?: LogFields): void
  trace(event: string, fields?: LogFields): void
  /** A logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger
  /** Whether a line of this level is written; ask before building costly fields. */
  isEnabled(severity: LogSeverity): boolean
}

/** Where lines go. Called once per line, with its line end; must not throw. */
export interface LogDestination {
  write(line: string): void
}

export interface LoggerOptions {
  readonly name: string
  /** Default INFO. */
  readonly level?: LogLevel | Lowercase<LogLevel>
  /** Default: standard error, written synchronously so that the last line before an exit is not lost. */
  readonly destination?: LogDestination
  readonly clock?: Clock
}

const SEVERITY_BY_LEVEL: Readonly<Record<LogLevel, LogSeverity>> = {
  PANIC: 'fatal',
  FATAL: 'fatal',
  ERROR: 'error',
  WARN: 'warn',
  WARNING: 'warn',
  INFO: 'info',
  DEBUG: 'debug',
  TRACE: 'trace',
}

const RESERVED_FIELDS: readonly string[] = ['level', 'time', 'name', 'event']
const STDERR = 2

export function createLogger(options: LoggerOptions): Logger {
  const clock = options.clock ?? systemClock
  const wanted = (options.level ?? 'INFO').toUpperCase()
  const level = LOG_LEVELS.find((name) => name === wanted) ?? 'INFO'
  return new PinoBackedLogger(
    pino(
      {
        level: SEVERITY_BY_LEVEL[level],
        base: { name: options.name },
        timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      options.destination ?? fileDestination({ dest: STDERR, sync: true }),
    ),
  )
}

/** Writes nothing; for tests and libraries that were given no logger. */
export const silentLogger: Logger = {
  fatal: () => {},
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  trace: () => {},
  child: () => silentLogger,
  isEnabled: () => false,
}

class PinoBackedLogger implements Logger {
  readonly #pino: PinoLogger

  constructor(logger: PinoLogger) {
    this.#pino = logger
  }

  fatal(event: string, fields?: LogFields): void {
    if (this.isEnabled('fatal')) this.#pino.fatal(lineFields(event, fields))
  }

  error(event: string, fields?: LogFields): void {
    if (this.isEnabled('error')) this.#pino.error(lineFields(event, fields))
  }

  warn(event: string, fields?: LogFields): void {
    if (this.isEnabled('warn')) this.#pino.warn(lineFields(event, fields))
  }

  info(event: string, fields?: LogFields): void {
    if (this.isEnabled('info')) this.#pino.info(lineFields(event, fields))
  }

  debug(event: string, fields?: LogFields): void {
    if (this.isEnabled('debug')) this.#pino.debug(lineFields(event, fields))
  }

  trace(event: string, fields?: LogFields): void {
    if (this.isEnabled('trace')) this.#pino.trace(lineFields(event, fields))
  }

  child(fields: LogFields): Logger {
    return new PinoBackedLogger(this.#pino.child(printable(fields)))
  }

  isEnabled(severity: LogSeverity): boolean {
    return this.#pino.isLevelEnabled(severity)
  }
}

function lineFields(event: string, fields: LogFields | undefined): Record<string, unknown> {
  return fields === undefined ? { event } : { event, ...printable(fields) }
}

function printable(fields: LogFields): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    // Two members of one name are legal JSON that every reader resolves differently.
    const key = RESERVED_FIELDS.includes(name) ? `${name}_` : name
    if (value instanceof Error) result[key] = errorFields(value)
    else result[key] = typeof value === 'bigint' ? String(value) : value
  }
  return result
}
