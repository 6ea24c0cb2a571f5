import { createLogger, type Logger } from '@zdmkit/runtime'

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly [field: string]: unknown
}

/** The real logger, its lines kept. */
export class LogRecorder {
  readonly lines: LogLine[] = []
  readonly log: Logger = createLogger({
    name: 'proxy-test',
    level: 'DEBUG',
    destination: { write: (line) => void this.lines.push(JSON.parse(line) as LogLine) },
  })

  /** The lines of one event. */
  of(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event)
  }
}
