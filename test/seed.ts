import { configureGlobal } from 'fast-check'
import { IS_LONG } from './long.ts'

// The same draws in every run, so that a change is judged by itself; a long run draws others each time.
if (!IS_LONG) configureGlobal({ seed: 1 })
