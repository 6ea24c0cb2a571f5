import { optionsGoldens } from '../golden/connection.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('OPTIONS', optionsGoldens)
