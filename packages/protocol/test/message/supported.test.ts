import { supportedGoldens } from '../golden/connection.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('SUPPORTED', supportedGoldens)
