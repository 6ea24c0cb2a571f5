import { queryGoldens } from '../golden/request.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('QUERY', queryGoldens)
