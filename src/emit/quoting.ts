import { quoteSh } from '../text/shell-word.ts'
import type { Shell } from './languages.ts'

/** All that differs from shell to shell. What is quoted for one may execute in another. */
interface Quoting {
  /** The first line. */
  readonly head: string
  readonly quote: (word: string) => string
  readonly changeFolder: string
  /** What stands before a program whose name is quoted. */
  readonly call: string
}

/** What PowerShell takes for a single quote; doubled, each stands for itself. */
const POWERSHELL_QUOTES = /['\u2018\u2019\u201a\u201b]/g

export const QUOTING: Readonly<Record<Shell, Quoting>> = {
  sh: { head: '#!/bin/sh', quote: quoteSh, changeFolder: 'cd', call: '' },
  fish: {
    head: '#!/usr/bin/env fish',
    // Between these quotes, fish lets a backslash escape a quote and itself.
    quote: (word) => `'${word.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)}'`,
    changeFolder: 'cd',
    call: '',
  },
  powershell: {
    // Older ones hand over quotes within words otherwise.
    head: '#requires -Version 7.3',
    quote: (word) => `'${word.replaceAll(POWERSHELL_QUOTES, '$&$&')}'`,
    changeFolder: 'Set-Location -LiteralPath',
    call: '& ',
  },
}
