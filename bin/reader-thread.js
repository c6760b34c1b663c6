'use strict'
// A thread that reads transcripts beside the program; see src/transcript/read-aside.ts.
const { parentPort } = require('node:worker_threads')
const { load } = require('./load.js')

parentPort?.once('message', (order) => load('reader').read(order, (/** @type {unknown} */ answer) => parentPort.postMessage(answer)))
