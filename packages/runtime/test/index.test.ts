import * as runtime from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'

describe('@zdmkit/runtime', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(runtime).sort()).toStrictEqual([
      'ExitCode',
      'HotCounter',
      'HotFamily',
      'HotGauge',
      'HotHistogram',
      'LOG_LEVELS',
      'METRICS_ERROR_CODES',
      'MetricsError',
      'MetricsRegistry',
      'PlainProgress',
      'ProgressEmitter',
      'SETTINGS_ERROR_CODES',
      'Secret',
      'SettingsError',
      'ShutdownRequested',
      'createLogger',
      'defineSettings',
      'describeSettings',
      'errorCode',
      'errorFields',
      'errorLines',
      'exitCodeOf',
      'formatCount',
      'formatDuration',
      'listenForShutdown',
      'loadSettings',
      'parseFlags',
      'progressLine',
      'readCommand',
      'runMain',
      'settingsMarkdown',
      'silentLogger',
      'systemClock',
    ])
  })
})
